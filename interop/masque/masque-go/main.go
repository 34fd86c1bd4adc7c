// CONNECT-UDP on masque-go, proxy and client, for Millrace's interop tests.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/quic-go/masque-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/yosida95/uritemplate/v3"
)

// How long a client waits for an echo before it says its payload again: UDP may lose it.
const patience = 2 * time.Second

// How often it does.
const attempts = 10

type options struct {
	template, target, cert, key, ca string
	payloads                        []string
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("masque-go client|proxy --help")
	}
	var o options
	flags := flag.NewFlagSet(args[0], flag.ExitOnError)
	flags.StringVar(&o.template, "template", "", "the proxy's URI template; its port may be 0 for a proxy")
	flags.StringVar(&o.target, "target", "", "client: host:port, which echoes")
	flags.StringVar(&o.cert, "cert", "", "proxy: PEM file")
	flags.StringVar(&o.key, "key", "", "proxy: PEM file")
	flags.StringVar(&o.ca, "ca", "", "client: PEM file of the authority to trust")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	o.payloads = flags.Args()
	if args[0] == "proxy" {
		return proxy(o)
	}
	return client(o)
}

func proxy(o options) error {
	certificate, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return err
	}
	place, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(o.template))
	if err != nil {
		return err
	}
	address, err := net.ResolveUDPAddr("udp4", place.Host)
	if err != nil {
		return err
	}
	socket, err := net.ListenUDP("udp4", address)
	if err != nil {
		return err
	}
	port := socket.LocalAddr().(*net.UDPAddr).Port
	host, _, _ := strings.Cut(place.Host, ":")
	bound := strings.Replace(o.template, place.Host, fmt.Sprintf("%s:%d", host, port), 1)
	template, err := uritemplate.New(bound)
	if err != nil {
		return err
	}
	var tunnels masque.Proxy
	handler := func(w http.ResponseWriter, r *http.Request) {
		request, err := masque.ParseProxyRequest(r, template)
		if err != nil {
			status := http.StatusBadRequest
			var wrong *masque.ProxyRequestParseError
			if errors.As(err, &wrong) {
				status = wrong.HTTPStatus
			}
			w.WriteHeader(status)
			return
		}
		_ = tunnels.Proxy(w, request)
	}
	server := http3.Server{
		TLSConfig:       http3.ConfigureTLSConfig(&tls.Config{Certificates: []tls.Certificate{certificate}}),
		EnableDatagrams: true,
		Handler:         http.HandlerFunc(handler),
	}
	fmt.Printf("proxy at %s\n", bound)
	return server.Serve(socket)
}

func client(o options) error {
	authority, err := os.ReadFile(o.ca)
	if err != nil {
		return err
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(authority)
	template, err := uritemplate.New(o.template)
	if err != nil {
		return err
	}
	transport := masque.Transport{TLSClientConfig: &tls.Config{
		RootCAs:    trusted,
		ServerName: "localhost",
		NextProtos: []string{http3.NextProtoH3},
	}}
	request, err := masque.NewRequest(context.Background(), template, o.target)
	if err != nil {
		return err
	}
	tunnel, _, err := transport.Dial(request)
	if err != nil {
		return err
	}
	defer tunnel.Close()
	for _, payload := range o.payloads {
		answer, err := echoed(tunnel, payload)
		if err != nil {
			return err
		}
		fmt.Printf("echo %s\n", answer)
	}
	return nil
}

func echoed(tunnel *masque.Conn, payload string) (string, error) {
	buffer := make([]byte, 2048)
	for range attempts {
		if _, err := tunnel.WriteTo([]byte(payload), nil); err != nil {
			return "", err
		}
		if err := tunnel.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return "", err
		}
		count, _, err := tunnel.ReadFrom(buffer)
		if err == nil {
			return string(buffer[:count]), nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return "", err
		}
	}
	return "", errors.New("no echo")
}
