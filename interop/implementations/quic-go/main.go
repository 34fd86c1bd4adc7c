// HTTP/0.9 over QUIC, and HTTP/3, on quic-go, client and server, for Millrace's interop runner.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
)

const alpn = "hq-interop"

// How long a client waits for a session ticket after its first connection's last file.
const ticketWait = 5 * time.Second

// How long a handshake may take: long, for cases in which a third of the packets is lost.
const patience = time.Minute

type options struct {
	behaviour, host, root, cert, key, ca, downloads string
	port                                            int
	files                                           []string
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("quic-go client|server --help")
	}
	var o options
	flags := flag.NewFlagSet(args[0], flag.ExitOnError)
	flags.StringVar(&o.behaviour, "behaviour", "transfer", "what to do")
	flags.StringVar(&o.host, "host", "127.0.0.1", "the server's IP address")
	flags.IntVar(&o.port, "port", 4433, "the server's port")
	flags.StringVar(&o.root, "root", ".", "server: the folder to serve")
	flags.StringVar(&o.cert, "cert", "", "server: PEM file")
	flags.StringVar(&o.key, "key", "", "server: PEM file")
	flags.StringVar(&o.ca, "ca", "", "client: PEM file of the authority to trust")
	flags.StringVar(&o.downloads, "downloads", ".", "client: the folder to save into")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	o.files = flags.Args()
	if o.behaviour == "http3" {
		if args[0] == "server" {
			return serveHTTP3(o)
		}
		return fetchHTTP3(o)
	}
	if args[0] == "server" {
		return serve(o)
	}
	return (&client{options: o, tickets: tickets{got: make(chan struct{}, 1)}}).run()
}

func keyLog() io.Writer {
	file, err := os.OpenFile(os.Getenv("SSLKEYLOGFILE"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil
	}
	return file
}

func (o options) address() *net.UDPAddr {
	return &net.UDPAddr{IP: net.ParseIP(o.host), Port: o.port}
}

func (o options) authorities() (*x509.CertPool, error) {
	pem, err := os.ReadFile(o.ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return roots, nil
}

func serve(o options) error {
	identity, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return err
	}
	socket, err := net.ListenUDP("udp", o.address())
	if err != nil {
		return err
	}
	transport := &quic.Transport{Conn: socket}
	if o.behaviour == "retry" {
		transport.VerifySourceAddress = func(net.Addr) bool { return true }
	}
	listener, err := transport.ListenEarly(
		&tls.Config{Certificates: []tls.Certificate{identity}, NextProtos: []string{alpn}, KeyLogWriter: keyLog()},
		&quic.Config{Allow0RTT: true, HandshakeIdleTimeout: patience},
	)
	if err != nil {
		return err
	}
	for {
		connection, err := listener.Accept(context.Background())
		if err != nil {
			return err
		}
		go o.answerAll(connection)
	}
}

func (o options) answerAll(connection *quic.Conn) {
	for {
		stream, err := connection.AcceptStream(context.Background())
		if err != nil {
			return
		}
		go func() {
			if err := o.answer(stream); err != nil {
				fmt.Fprintf(os.Stderr, "stream %d: %v\n", stream.StreamID(), err)
			}
		}()
	}
}

func (o options) answer(stream *quic.Stream) error {
	defer stream.Close()
	request, err := io.ReadAll(io.LimitReader(stream, 4096))
	if err != nil {
		return err
	}
	path := strings.TrimSpace(strings.TrimPrefix(string(request), "GET "))
	file, err := os.Open(filepath.Join(o.root, filepath.Base(path)))
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(stream, file)
	return err
}

type client struct {
	options
	tickets tickets
}

// tickets keeps the last session ticket and tells that there is one.
type tickets struct {
	mutex sync.Mutex
	last  *tls.ClientSessionState
	got   chan struct{}
}

func (t *tickets) Get(string) (*tls.ClientSessionState, bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.last, t.last != nil
}

func (t *tickets) Put(_ string, state *tls.ClientSessionState) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.last = state
	select {
	case t.got <- struct{}{}:
	default:
	}
}

func (c *client) run() error {
	switch c.behaviour {
	case "multiconnect":
		for _, file := range c.files {
			if err := c.fetchAll([]string{file}, false, false); err != nil {
				return err
			}
		}
		return nil
	case "resumption", "zerortt":
		if err := c.fetchAll(c.files[:1], false, true); err != nil {
			return err
		}
		return c.fetchAll(c.files[1:], c.behaviour == "zerortt", false)
	default:
		return c.fetchAll(c.files, false, false)
	}
}

// fetchAll gets the files over one connection: with early, in 0-RTT; with keepTicket, it does not end before there is a session ticket.
func (c *client) fetchAll(files []string, early, keepTicket bool) error {
	roots, err := c.authorities()
	if err != nil {
		return err
	}
	socket, err := net.ListenUDP("udp", &net.UDPAddr{})
	if err != nil {
		return err
	}
	defer socket.Close()
	transport := &quic.Transport{Conn: socket}
	defer transport.Close()
	secrets := &tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{alpn}, KeyLogWriter: keyLog(), ClientSessionCache: &c.tickets}
	config := &quic.Config{Versions: []quic.Version{quic.Version1}, HandshakeIdleTimeout: patience}
	dial := transport.Dial
	if early {
		dial = transport.DialEarly
	}
	connection, err := dial(context.Background(), c.address(), secrets, config)
	if err != nil {
		return err
	}
	results := make(chan error)
	for _, file := range files {
		go func() { results <- c.fetch(connection, file) }()
	}
	for range files {
		if failed := <-results; failed != nil {
			err = failed
		}
	}
	if err == nil && keepTicket {
		select {
		case <-c.tickets.got:
		case <-time.After(ticketWait):
			err = errors.New("the server sent no session ticket")
		}
	}
	connection.CloseWithError(0, "")
	return err
}

func (c *client) fetch(connection *quic.Conn, name string) error {
	stream, err := connection.OpenStreamSync(context.Background())
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(stream, "GET /%s\r\n", name); err != nil {
		return err
	}
	stream.Close()
	file, err := os.Create(filepath.Join(c.downloads, name))
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(file, stream)
	return err
}
