// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

// Completions by net/http and encoding/json. Prints one JSON object with bench/load's names; ends with 1 if a completion
// failed.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type question struct {
	Model    string    `json:"model"`
	Messages []message `json:"messages"`
	Stream   bool      `json:"stream,omitempty"`
}

type choice struct {
	Index        int     `json:"index"`
	Message      message `json:"message"`
	Delta        message `json:"delta"`
	FinishReason *string `json:"finish_reason"`
}

type usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
}

// A completion, or a chunk of one.
type completion struct {
	ID                string   `json:"id"`
	Object            string   `json:"object"`
	Created           int64    `json:"created"`
	Model             string   `json:"model"`
	SystemFingerprint string   `json:"system_fingerprint"`
	Choices           []choice `json:"choices"`
	Usage             *usage   `json:"usage"`
}

type tally struct {
	begun, completed, failed, chunks, textBytes int64
	seconds, cpuSeconds                         float64
	latencies                                   []time.Duration
}

var (
	baseURL      = flag.String("base-url", "", "of the server")
	authorities  = flag.String("ca", "", "PEM file of whom to trust")
	requests     = flag.Int64("requests", 10000, "how many completions are counted")
	warmup       = flag.Int64("warmup", 0, "how many are made before those")
	concurrency  = flag.Int("concurrency", 64, "how many are in flight")
	stream       = flag.Bool("stream", false, "ask for streams")
	http2        = flag.Bool("http2", false, "use HTTP/2 where the server speaks it")
	client       *http.Client
	failure      error
	failureMutex sync.Mutex
)

func newClient() (*http.Client, error) {
	pem, err := os.ReadFile(*authorities)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in " + *authorities)
	}
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13},
		MaxIdleConnsPerHost: *concurrency,
		ForceAttemptHTTP2:   *http2,
	}
	return &http.Client{Transport: transport, Timeout: 2 * time.Minute}, nil
}

func post() (*http.Response, error) {
	body, err := json.Marshal(question{"bench", []message{{"user", strings.Repeat("x", 100)}}, *stream})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest("POST", *baseURL+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer key")
	response, err := client.Do(request)
	if err == nil && response.StatusCode != 200 {
		response.Body.Close()
		err = errors.New(response.Status)
	}
	return response, err
}

func complete(into *tally) error {
	response, err := post()
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var reply completion
	if err := json.NewDecoder(response.Body).Decode(&reply); err != nil {
		return err
	}
	if len(reply.Choices) == 0 || reply.Choices[0].Message.Content == "" {
		return errors.New("a completion that says nothing")
	}
	atomic.AddInt64(&into.textBytes, int64(len(reply.Choices[0].Message.Content)))
	// To the end of the body, so that the connection can be used again.
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

func readStream(into *tally) error {
	response, err := post()
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var chunks, textBytes int64
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		data := bytes.TrimPrefix(lines.Bytes(), []byte("data: "))
		if len(data) == 0 || bytes.Equal(data, []byte("[DONE]")) {
			continue
		}
		var chunk completion
		if err := json.Unmarshal(data, &chunk); err != nil {
			return err
		}
		if len(chunk.Choices) != 0 {
			textBytes += int64(len(chunk.Choices[0].Delta.Content))
		}
		chunks++
	}
	atomic.AddInt64(&into.chunks, chunks)
	atomic.AddInt64(&into.textBytes, textBytes)
	return lines.Err()
}

func work(count int64, into *tally) {
	one := complete
	if *stream {
		one = readStream
	}
	for {
		call := atomic.AddInt64(&into.begun, 1)
		if call > count {
			return
		}
		began := time.Now()
		err := one(into)
		into.latencies[call-1] = time.Since(began)
		if err == nil {
			atomic.AddInt64(&into.completed, 1)
			continue
		}
		atomic.AddInt64(&into.failed, 1)
		failureMutex.Lock()
		if failure == nil {
			failure = err
		}
		failureMutex.Unlock()
	}
}

func cpuSeconds() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

// Microseconds; none if there is nothing to share them.
func per(seconds float64, count int64) float64 {
	if count == 0 {
		return 0
	}
	return 1e6 * seconds / float64(count)
}

func run(count int64) tally {
	result := tally{latencies: make([]time.Duration, count)}
	var workers sync.WaitGroup
	cpu, began := cpuSeconds(), time.Now()
	for i := 0; i < *concurrency; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			work(count, &result)
		}()
	}
	workers.Wait()
	result.cpuSeconds = cpuSeconds() - cpu
	result.seconds = time.Since(began).Seconds()
	return result
}

// In milliseconds.
func percentiles(latencies []time.Duration) map[string]float64 {
	sort.Slice(latencies, func(i, j int) bool { return latencies[i] < latencies[j] })
	result := map[string]float64{}
	for name, share := range map[string]float64{"p50": 0.5, "p99": 0.99} {
		if last := len(latencies) - 1; last >= 0 {
			result[name] = 1e3 * latencies[int(share*float64(last))].Seconds()
		}
	}
	return result
}

func main() {
	flag.Parse()
	var err error
	if client, err = newClient(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	warming := run(*warmup)
	counted := run(*requests)
	result := map[string]interface{}{
		"completed":             counted.completed,
		"failed":                warming.failed + counted.failed,
		"seconds":               counted.seconds,
		"cpu_us_per_completion": per(counted.cpuSeconds, counted.completed),
		"latency_ms":            percentiles(counted.latencies),
	}
	if *stream {
		result["chunks"] = counted.chunks
		result["cpu_us_per_chunk"] = per(counted.cpuSeconds, counted.chunks)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		panic(err)
	}
	if failure != nil {
		fmt.Fprintln(os.Stderr, "the first failure:", failure)
		os.Exit(1)
	}
}
