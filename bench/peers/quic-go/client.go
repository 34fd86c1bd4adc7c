package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
)

// A workload gets ready, and returns its parts: each is done when we are told to go.
type workload func(c *client) ([]func() map[string]float64, error)

var workloads = map[string]workload{
	"download": download, "upload": upload, "requests": requests, "handshakes": handshakes, "connections": connections, "echoes": echoes,
}

type client struct {
	options
	transport *quic.Transport
	roots     *x509.CertPool
}

func runClient(name string, o options) error {
	prepare, known := workloads[name]
	if !known {
		return fmt.Errorf("%q is no workload", name)
	}
	pem, err := os.ReadFile(o.ca)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	parts, err := prepare(&client{options: o, transport: &quic.Transport{Conn: socket}, roots: roots})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	next := 0
	lines(func(string) {
		printResult(parts[next]())
		next++
	})
	return nil
}

// connect uses the tickets in keep, if there is one; with early, for 0-RTT as well.
func (c *client) connect(keep tls.ClientSessionCache, early bool) (*quic.Conn, error) {
	config := tlsConfig()
	config.RootCAs = c.roots
	config.ServerName = "localhost"
	config.ClientSessionCache = keep
	dial := c.transport.Dial
	if early {
		dial = c.transport.DialEarly
	}
	return dial(context.Background(), &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: c.port}, config, quicConfig())
}

// exchange sends bytes and asks for others on a stream of its own; it returns how many came.
func exchange(connection *quic.Conn, sent, wanted int) int {
	received, err := attempt(connection, sent, wanted)
	must(err)
	return received
}

// attempt is an exchange of which the server may want nothing.
func attempt(connection *quic.Conn, sent, wanted int) (int, error) {
	stream, err := connection.OpenStreamSync(context.Background())
	if err != nil {
		return 0, err
	}
	if _, err = stream.Write(header(uint64(wanted))); err != nil {
		return 0, err
	}
	if err = pour(stream, sent); err != nil {
		return 0, err
	}
	received, err := io.Copy(io.Discard, stream)
	return int(received), err
}

// Share of the work that comes first and does not count, as the clients on Node have it.
const warmUp = 0.25

func download(c *client) ([]func() map[string]float64, error) {
	return c.timed(func(connection *quic.Conn, share float64) int {
		part := int(float64(c.bytes)*share) / c.streams
		return inParallel(c.streams, c.streams, func(int) int { return exchange(connection, 0, part) })
	})
}

func upload(c *client) ([]func() map[string]float64, error) {
	return c.timed(func(connection *quic.Conn, share float64) int {
		sent := int(float64(c.bytes) * share)
		exchange(connection, sent, 1)
		return sent
	})
}

func requests(c *client) ([]func() map[string]float64, error) {
	return c.timed(func(connection *quic.Conn, share float64) int {
		return inParallel(int(float64(c.count)*share), c.inflight, func(int) int { return exchange(connection, 0, c.size) })
	})
}

// timed does a share of the work, and returns a part that does all of it.
func (c *client) timed(work func(connection *quic.Conn, share float64) int) ([]func() map[string]float64, error) {
	connection, err := c.connect(nil, false)
	if err != nil {
		return nil, err
	}
	work(connection, warmUp)
	return one(func() int { return work(connection, 1) }), nil
}

func handshakes(c *client) ([]func() map[string]float64, error) {
	keeps := make([]tls.ClientSessionCache, c.inflight)
	connectOnce := func(worker int, early bool) int {
		for {
			received, err := c.visit(keeps[worker], early)
			if !refused(err) {
				must(err)
				return received
			}
		}
	}
	for worker := range keeps {
		if c.kind != "full" {
			keeps[worker] = tls.NewLRUClientSessionCache(1)
		}
		connectOnce(worker, false)
	}
	return one(func() int {
		return inParallel(c.count, c.inflight, func(worker int) int { return connectOnce(worker, c.kind == "early") })
	}), nil
}

// visit makes a connection for one exchange.
func (c *client) visit(keep tls.ClientSessionCache, early bool) (int, error) {
	connection, err := c.connect(keep, early)
	if err != nil {
		return 0, err
	}
	defer connection.CloseWithError(0, "")
	return attempt(connection, 0, 1)
}

// A server of quic-go holds 32 connections that its program has not accepted yet and refuses more, as it may when a hundred come at once.
func refused(err error) bool {
	var failure *quic.TransportError
	return errors.As(err, &failure) && failure.ErrorCode == quic.ConnectionRefused
}

func connections(c *client) ([]func() map[string]float64, error) {
	var open sync.Map
	opening := func() int {
		return inParallel(c.count, c.inflight, func(int) int {
			connection, err := c.connect(nil, false)
			must(err)
			exchange(connection, 0, 1)
			open.Store(connection, nil)
			return 1
		})
	}
	closing := func() int {
		open.Range(func(connection, _ any) bool {
			connection.(*quic.Conn).CloseWithError(0, "")
			return true
		})
		return c.count
	}
	return append(one(opening), one(closing)...), nil
}

// one is a workload of a single part that is timed.
func one(part func() int) []func() map[string]float64 {
	return []func() map[string]float64{func() map[string]float64 {
		start := time.Now()
		bytes := part()
		return map[string]float64{"seconds": time.Since(start).Seconds(), "bytes": float64(bytes)}
	}}
}

// inParallel works count times, by as many workers at once; each is told which one it is. It returns the sum.
func inParallel(count, workers int, work func(worker int) int) int {
	var left, sum atomic.Int64
	left.Store(int64(count))
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				sum.Add(int64(work(worker)))
			}
		})
	}
	group.Wait()
	return int(sum.Load())
}

func must(err error) {
	if err != nil {
		fail(err)
	}
}
