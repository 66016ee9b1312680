// An HTTP/2 server of Go's standard library for the tests of the HTTP/2 clients: prints its port, answers each request with
// what it got, and shuts down when its standard input ends.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func answer(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Has("early") {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if query.Has("abort") {
		panic(http.ErrAbortHandler)
	}
	if delay, err := strconv.Atoi(query.Get("delay")); err == nil {
		time.Sleep(time.Duration(delay) * time.Millisecond)
	}
	w.Header().Set("apns-id", r.Header.Get("apns-id"))
	w.Header().Set("x-proto", r.Proto)
	w.Header().Set("x-long", strings.Repeat("~", len(body)%5000))
	if query.Has("trailer") {
		w.Header().Set("Trailer", "x-trailer")
	}
	status := http.StatusOK
	if asked, err := strconv.Atoi(query.Get("status")); err == nil {
		status = asked
	}
	w.WriteHeader(status)
	if status == http.StatusOK {
		fmt.Fprintf(w, "%d bytes from %s", len(body), body[:min(len(body), 8)])
	}
	if query.Has("trailer") {
		w.Header().Set("x-trailer", "yes")
	}
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(answer)}
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
		close(done)
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	if err := server.ServeTLS(listener, os.Args[1], os.Args[2]); err != http.ErrServerClosed {
		panic(err)
	}
	<-done
}
