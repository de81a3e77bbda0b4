// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

// A server of streams at a pace: POST /paced/NAME/1000/50ms/100/v1/chat/completions is answered with 100 events, 50 ms
// apart, each of which is a write, a TLS record and an HTTP chunk of its own. The first 1000 under such a name are there
// to open connections: once all of them have come, they are answered with two events each, at once.
package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Those who have come under one name.
type crowd struct {
	arrived int
	there   chan struct{}
}

type server struct {
	events [][]byte
	done   []byte
	mutex  sync.Mutex
	crowds map[string]*crowd
}

// Reads the events of a recorded stream, the last of which is [DONE].
func newServer(file string) (*server, error) {
	recorded, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	result := &server{crowds: map[string]*crowd{}}
	for _, event := range strings.SplitAfter(string(recorded), "\n\n") {
		if event != "" {
			result.events = append(result.events, []byte(event))
		}
	}
	last := len(result.events) - 1
	if last < 2 {
		return nil, errors.New(file + " has too few events")
	}
	result.done = result.events[last]
	result.events = result.events[:last]
	return result, nil
}

// The event at this place of a stream of so many: the first and the last are the recorded first and last.
func (s *server) event(place, count int) []byte {
	last := len(s.events) - 1
	switch {
	case place == 0:
		return s.events[0]
	case place == count-1:
		return s.events[last]
	default:
		return s.events[1+(place-1)%(last-1)]
	}
}

// Counts one more in; nothing if all have been there already, otherwise what is closed once they are.
func (s *server) arrive(name string, expected int) <-chan struct{} {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	c := s.crowds[name]
	if c == nil {
		c = &crowd{there: make(chan struct{})}
		s.crowds[name] = c
	}
	c.arrived++
	if c.arrived > expected {
		return nil
	}
	if c.arrived == expected {
		close(c.there)
	}
	return c.there
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	if r.Method != "POST" || len(parts) != 9 || parts[1] != "paced" {
		http.NotFound(w, r)
		return
	}
	expected, errExpected := strconv.Atoi(parts[3])
	interval, errInterval := time.ParseDuration(parts[4])
	count, errCount := strconv.Atoi(parts[5])
	if errExpected != nil || errInterval != nil || errCount != nil || interval <= 0 || count < 2 {
		http.Error(w, "no such pace", http.StatusBadRequest)
		return
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	if there := s.arrive(r.URL.Path, expected); there != nil {
		select {
		case <-there:
			s.send(w, 2, nil)
		case <-r.Context().Done():
		case <-time.After(time.Minute):
			http.Error(w, "the others have not come", http.StatusGatewayTimeout)
		}
		return
	}
	// Streams that begin together do not go on in step.
	time.Sleep(time.Duration(rand.Int63n(int64(interval))))
	pace := time.NewTicker(interval)
	defer pace.Stop()
	s.send(w, count, pace.C)
}

func (s *server) send(w http.ResponseWriter, count int, pace <-chan time.Time) {
	for i := 0; i < count; i++ {
		if i != 0 && pace != nil {
			<-pace
		}
		if _, err := w.Write(s.event(i, count)); err != nil {
			return
		}
		if i == count-1 {
			// What ends the stream goes with its last event.
			if _, err := w.Write(s.done); err != nil {
				return
			}
		}
		w.(http.Flusher).Flush()
	}
}

func run() error {
	address := flag.String("listen", "127.0.0.1:8443", "address and port")
	certificate := flag.String("certificate", "", "PEM file")
	key := flag.String("key", "", "PEM file")
	events := flag.String("events", "", "the recorded stream")
	flag.Parse()
	handler, err := newServer(*events)
	if err != nil {
		return err
	}
	paced := http.Server{
		Addr:      *address,
		Handler:   handler,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS13},
		// No HTTP/2.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	return paced.ListenAndServeTLS(*certificate, *key)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
