// WebTransport on webtransport-go, for the transfer cases of Millrace's interop runner. The command line is that of peer.py:
//
//	server PORT CERT KEY FILES        serves sessions, and asks for files where the path says ?get=a,b&over=unidirectional|bidirectional|datagram
//	client PORT CA FILES CASE NAMES   asks for the files (receive), or is asked for them (send); prints a line of JSON with their digests
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"
)

// How long one run may take.
const limit = time.Minute

// Fewer than the cases need at once, so that the session's flow control has to raise them.
var config = &webtransport.Config{MaxIncomingStreams: 2, MaxIncomingUniStreams: 2, MaxIncomingData: 1 << 20}

var transport = &quic.Config{EnableDatagrams: true, EnableStreamResetPartialDelivery: true}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 5 && args[0] == "server":
		return serve(args[1], args[2], args[3], args[4])
	case len(args) == 6 && args[0] == "client":
		return dial(args[1], args[2], args[3], args[4], strings.Split(args[5], ","))
	}
	return errors.New("webtransport-go server PORT CERT KEY FILES | client PORT CA FILES CASE NAMES")
}

func serve(port, cert, key, files string) error {
	identity, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return err
	}
	server := &webtransport.Server{
		Config:               config,
		ApplicationProtocols: []string{"echo-2", "echo-1"},
		H3: &http3.Server{
			TLSConfig:  http3.ConfigureTLSConfig(&tls.Config{Certificates: []tls.Certificate{identity}}),
			QUICConfig: transport,
		},
	}
	server.H3.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := server.Upgrade(w, r)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		t := newTransfers(session, files)
		if names := r.URL.Query().Get("get"); names != "" {
			t.report(t.fetch(strings.Split(names, ","), r.URL.Query().Get("over")))
		}
	})
	conn, err := net.ListenPacket("udp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return err
	}
	fmt.Println("ready")
	return server.Serve(conn)
}

func dial(port, ca, files, name string, names []string) error {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := &webtransport.Transport{
		Config:               config,
		TLSClientConfig:      &tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{http3.NextProtoH3}},
		QUICConfig:           transport,
		ApplicationProtocols: []string{"echo-3", "echo-2", "echo-1"},
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	response, session, err := client.Dial(ctx, fmt.Sprintf("https://127.0.0.1:%s/%s", port, name), nil)
	if err != nil {
		return err
	}
	t := newTransfers(session, files)
	digests := map[string]string{}
	switch parts := strings.Split(name, "-"); parts[len(parts)-1] {
	case "receive":
		digests = t.fetch(names, parts[1])
	case "send":
		// The server asks for what it wants, and closes.
		<-session.Context().Done()
	}
	protocol := session.SessionState().ApplicationProtocol
	outcome := map[string]any{"status": strconv.Itoa(response.StatusCode), "protocol": strconv.Quote(protocol), "digests": digests}
	if err := json.NewEncoder(os.Stdout).Encode(outcome); err != nil {
		return err
	}
	return session.CloseWithError(0, "")
}
