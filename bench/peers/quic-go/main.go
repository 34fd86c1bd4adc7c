// The workloads of Millrace's benchmarks on quic-go, client and server. The README of the folder above says what the lines mean.
package main

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/quic-go/quic-go"
)

// As bench/peers/settings.ts has them.
const (
	alpn             = "millrace-bench"
	idle             = 10 * time.Minute
	streams          = 1024
	streamWindow     = 4 << 20
	connectionWindow = 16 << 20
)

const (
	echoRequest = ^uint64(0)
	chunkBytes  = 64 * 1024
)

type options struct {
	cert, key, ca, kind                               string
	port, bytes, streams, count, inflight, size, rate int
}

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("quic-go server|WORKLOAD --help"))
	}
	var o options
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	flags.StringVar(&o.cert, "cert", "", "server: PEM file")
	flags.StringVar(&o.key, "key", "", "server: PEM file")
	flags.StringVar(&o.ca, "ca", "", "client: PEM file of the authority to trust")
	flags.StringVar(&o.kind, "kind", "full", "handshakes: full, resumed or early")
	flags.IntVar(&o.port, "port", 0, "client: the server's port")
	flags.IntVar(&o.bytes, "bytes", 0, "to move")
	flags.IntVar(&o.streams, "streams", 1, "at once")
	flags.IntVar(&o.count, "count", 0, "of requests, handshakes, connections, messages")
	flags.IntVar(&o.inflight, "inflight", 1, "at a time")
	flags.IntVar(&o.size, "size", 0, "of answers and messages, bytes")
	flags.IntVar(&o.rate, "rate", 0, "messages a second")
	if err := flags.Parse(os.Args[2:]); err != nil {
		fail(err)
	}
	if os.Args[1] == "server" {
		fail(serve(o))
	}
	fail(runClient(os.Args[1], o))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// tlsConfig leaves the suite to crypto/tls, which does not let one choose in TLS 1.3; it takes AES-128-GCM first where the processor has AES
// instructions. The group is X25519 for all.
func tlsConfig() *tls.Config {
	return &tls.Config{NextProtos: []string{alpn}, MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.X25519}}
}

func quicConfig() *quic.Config {
	return &quic.Config{
		Versions:                       []quic.Version{quic.Version1},
		Allow0RTT:                      true,
		MaxIdleTimeout:                 idle,
		HandshakeIdleTimeout:           time.Minute,
		MaxIncomingStreams:             streams,
		InitialStreamReceiveWindow:     streamWindow,
		MaxStreamReceiveWindow:         streamWindow,
		InitialConnectionReceiveWindow: connectionWindow,
		MaxConnectionReceiveWindow:     connectionWindow,
	}
}

// lines calls act for each line of stdin, and ends the program with it.
func lines(act func(line string)) {
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		act(input.Text())
	}
	os.Exit(0)
}

func printResult(result map[string]float64) {
	text, _ := json.Marshal(result)
	fmt.Printf("result %s\n", text)
}

func header(wanted uint64) []byte {
	return binary.BigEndian.AppendUint64(nil, wanted)
}

var filler = make([]byte, chunkBytes)

// pour writes filler and ends the stream.
func pour(stream *quic.Stream, bytes int) error {
	for left := bytes; left > 0; left -= chunkBytes {
		if _, err := stream.Write(filler[:min(left, chunkBytes)]); err != nil {
			return err
		}
	}
	return stream.Close()
}
