package main

import (
	"context"
	"io"
	"runtime"
	"sort"
	"time"

	"github.com/quic-go/quic-go"
)

// Before those that count so many times as many come back one after another, as with the clients on Node.
const echoWarmUp = 6

// echoes sends by schedule, whatever has come back, and counts from the scheduled moment. It spins between messages, as the clients on
// Node do.
func echoes(c *client) ([]func() map[string]float64, error) {
	connection, err := c.connect(nil, false)
	if err != nil {
		return nil, err
	}
	stream, err := connection.OpenStreamSync(context.Background())
	if err != nil {
		return nil, err
	}
	if _, err := stream.Write(header(echoRequest)); err != nil {
		return nil, err
	}
	if err := oneByOne(stream, c.count*echoWarmUp, c.size); err != nil {
		return nil, err
	}
	return []func() map[string]float64{func() map[string]float64 {
		interval := time.Second / time.Duration(c.rate)
		start := time.Now().Add(interval)
		due := func(index int) time.Time { return start.Add(time.Duration(index) * interval) }
		go func() {
			message := make([]byte, c.size)
			for index := range c.count {
				for time.Now().Before(due(index)) {
					runtime.Gosched()
				}
				_, err := stream.Write(message)
				must(err)
			}
		}()
		latencies := make([]float64, 0, c.count)
		buffer := make([]byte, 64*c.size)
		for returned := 0; len(latencies) < c.count; {
			bytes, err := stream.Read(buffer)
			must(err)
			now := time.Now()
			for returned += bytes; len(latencies) < returned/c.size; {
				latencies = append(latencies, float64(now.Sub(due(len(latencies))).Nanoseconds())/1000)
			}
		}
		return percentiles(latencies)
	}}, nil
}

func oneByOne(stream *quic.Stream, count, size int) error {
	message := make([]byte, size)
	for range count {
		if _, err := stream.Write(message); err != nil {
			return err
		}
		if _, err := io.ReadFull(stream, message); err != nil {
			return err
		}
	}
	return nil
}

func percentiles(micros []float64) map[string]float64 {
	sort.Float64s(micros)
	at := func(share float64) float64 { return micros[min(len(micros)-1, int(float64(len(micros))*share))] }
	return map[string]float64{"p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "p999": at(0.999)}
}
