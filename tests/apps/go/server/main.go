// An HTTP server: /hello, /echo, /large, and /digest, which computes. SIGTERM lets it end in order.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func digest(text string) string {
	for i := 0; i < 100; i++ {
		text = fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	}
	return text
}

func main() {
	large := strings.Repeat("0123456789abcdef", 1<<18)
	http.HandleFunc("/hello", func(answer http.ResponseWriter, _ *http.Request) {
		io.WriteString(answer, "hello from Go\n")
	})
	http.HandleFunc("/echo", func(answer http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		answer.Write(body)
	})
	http.HandleFunc("/large", func(answer http.ResponseWriter, _ *http.Request) {
		io.WriteString(answer, large)
	})
	http.HandleFunc("/digest", func(answer http.ResponseWriter, request *http.Request) {
		fmt.Fprintln(answer, digest(request.URL.RawQuery))
	})

	server := &http.Server{Addr: os.Args[1]}
	ended := make(chan struct{})
	go func() {
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGTERM)
		<-asked
		server.Shutdown(context.Background())
		close(ended)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-ended
	fmt.Println("ending")
}
