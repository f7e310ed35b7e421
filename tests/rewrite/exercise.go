// Goroutines on several threads, files, sleep and a signal.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

func main() {
	var wg sync.WaitGroup
	results := make([]int, 50)
	for i := range results {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			f, err := os.Open("/etc/passwd")
			if err != nil {
				panic(err)
			}
			n, _ := f.Read(make([]byte, 64))
			f.Close()
			time.Sleep(time.Millisecond)
			results[i] = n + i
		}(i)
	}
	wg.Wait()
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	fmt.Println(<-c, results[49])
}
