package main

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
)

var live atomic.Int64

func serve(o options) error {
	identity, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return err
	}
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	config := tlsConfig()
	config.Certificates = []tls.Certificate{identity}
	transport := &quic.Transport{Conn: socket}
	listener, err := transport.ListenEarly(config, quicConfig())
	if err != nil {
		return err
	}
	fmt.Printf("listening %d %d\n", socket.LocalAddr().(*net.UDPAddr).Port, os.Getpid())
	go lines(answerLine)
	for {
		connection, err := listener.Accept(context.Background())
		if err != nil {
			return err
		}
		live.Add(1)
		go serveConnection(connection)
	}
}

func answerLine(line string) {
	switch line {
	case "settle":
		debug.FreeOSMemory()
	case "empty":
		for live.Load() > 0 {
			time.Sleep(time.Millisecond)
		}
	}
	fmt.Println(line, "done")
}

func serveConnection(connection *quic.Conn) {
	defer live.Add(-1)
	for {
		stream, err := connection.AcceptStream(context.Background())
		if err != nil {
			return
		}
		go answer(stream)
	}
}

func answer(stream *quic.Stream) {
	var request [8]byte
	if _, err := io.ReadFull(stream, request[:]); err != nil {
		return
	}
	wanted := binary.BigEndian.Uint64(request[:])
	if wanted == echoRequest {
		io.Copy(stream, stream)
		stream.Close()
		return
	}
	if _, err := io.Copy(io.Discard, stream); err == nil {
		pour(stream, int(wanted))
	}
}
