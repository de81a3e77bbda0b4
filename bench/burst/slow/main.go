// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

// A server that takes its time for each answer, over HTTP/1.1 and HTTP/2.
package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

var (
	listen      = flag.String("listen", "", "address and port")
	certificate = flag.String("certificate", "", "PEM file")
	key         = flag.String("key", "", "PEM file")
	body        = flag.String("body", "", "file that each request is answered with")
	latency     = flag.Duration("latency", 2*time.Second, "time that an answer takes")
)

func main() {
	flag.Parse()
	completion, err := os.ReadFile(*body)
	if err == nil {
		http.HandleFunc("/v1/chat/completions", func(out http.ResponseWriter, in *http.Request) {
			io.Copy(io.Discard, in.Body)
			time.Sleep(*latency)
			out.Header().Set("Content-Type", "application/json")
			out.Write(completion)
		})
		err = http.ListenAndServeTLS(*listen, *certificate, *key, nil)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}
