package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/quic-go/webtransport-go"
)

// After how long a datagram that was not answered is asked for again.
const again = 300 * time.Millisecond

// transfers is one session: what it asks for arrives in received, what it is asked for comes from a folder.
type transfers struct {
	session *webtransport.Session
	files   string
	arrived chan struct{}

	mutex    sync.Mutex
	received map[string]string
}

func newTransfers(session *webtransport.Session, files string) *transfers {
	t := &transfers{session: session, files: files, arrived: make(chan struct{}, 1), received: map[string]string{}}
	go t.unidirectional()
	go t.bidirectional()
	go t.datagrams()
	return t
}

// fetch asks for the files, and returns their digests when all have come, or what has come by the end of the session.
func (t *transfers) fetch(names []string, over string) map[string]string {
	isDue := true
	for missing := names; len(missing) > 0 && t.session.Context().Err() == nil; missing = t.missing(names) {
		if isDue {
			for _, name := range missing {
				t.ask(name, over)
			}
		}
		select {
		case <-t.arrived:
			isDue = false
		case <-time.After(again):
			isDue = over == "datagram"
		case <-t.session.Context().Done():
		}
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return maps.Clone(t.received)
}

func (t *transfers) missing(names []string) (missing []string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, name := range names {
		if _, ok := t.received[name]; !ok {
			missing = append(missing, name)
		}
	}
	return missing
}

func (t *transfers) ask(name, over string) {
	request := []byte("GET " + name)
	switch over {
	case "datagram":
		t.session.SendDatagram(request)
	case "unidirectional":
		go t.say(request)
	case "bidirectional":
		go func() {
			stream, err := t.session.OpenStreamSync(context.Background())
			if err != nil {
				return
			}
			stream.Write(request)
			stream.Close()
			if content, err := io.ReadAll(stream); err == nil {
				t.keep(name, content)
			}
		}()
	}
}

// report says what has been received, on a stream of its own.
func (t *transfers) report(digests map[string]string) {
	if text, err := json.Marshal(digests); err == nil {
		t.say(append([]byte("DIGESTS "), text...))
	}
}

func (t *transfers) unidirectional() {
	for {
		stream, err := t.session.AcceptUniStream(context.Background())
		if err != nil {
			return
		}
		go func() {
			message, err := io.ReadAll(stream)
			if err != nil {
				return
			}
			if answer := t.answer(message); answer != nil {
				t.say(answer)
			}
		}()
	}
}

func (t *transfers) bidirectional() {
	for {
		stream, err := t.session.AcceptStream(context.Background())
		if err != nil {
			return
		}
		go func() {
			if message, err := io.ReadAll(stream); err == nil {
				stream.Write(t.file(string(bytes.TrimPrefix(message, []byte("GET ")))))
				stream.Close()
			}
		}()
	}
}

func (t *transfers) datagrams() {
	for {
		message, err := t.session.ReceiveDatagram(context.Background())
		if err != nil {
			return
		}
		if answer := t.answer(message); answer != nil {
			t.session.SendDatagram(answer)
		}
	}
}

// answer is what a message asks for; nil for one that answers itself.
func (t *transfers) answer(message []byte) []byte {
	if name, isRequest := bytes.CutPrefix(message, []byte("GET ")); isRequest {
		return append(fmt.Appendf(nil, "PUSH %s\n", name), t.file(string(name))...)
	}
	if rest, isAnswer := bytes.CutPrefix(message, []byte("PUSH ")); isAnswer {
		name, content, _ := bytes.Cut(rest, []byte("\n"))
		t.keep(string(name), content)
	}
	return nil
}

func (t *transfers) say(message []byte) {
	stream, err := t.session.OpenUniStreamSync(context.Background())
	if err != nil {
		return
	}
	stream.Write(message)
	stream.Close()
}

// file has what the folder holds under that name; nothing where it holds none, which its digest shows.
func (t *transfers) file(name string) []byte {
	content, _ := os.ReadFile(filepath.Join(t.files, filepath.Base(name)))
	return content
}

func (t *transfers) keep(name string, content []byte) {
	digest := sha256.Sum256(content)
	t.mutex.Lock()
	t.received[name] = hex.EncodeToString(digest[:])
	t.mutex.Unlock()
	select {
	case t.arrived <- struct{}{}:
	default:
	}
}
