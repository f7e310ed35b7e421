// What Go's runtime asks of a kernel: threads and futexes under goroutines, preemption by signals, garbage collection,
// timers, the network poller, faults that become panics, and files. Each part prints one line.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func goroutines() {
	const count = 10_000
	numbers := make(chan int)
	var group sync.WaitGroup
	for i := 0; i < count; i++ {
		group.Add(1)
		go func(number int) {
			defer group.Done()
			runtime.Gosched()
			numbers <- number
		}(i)
	}
	go func() {
		group.Wait()
		close(numbers)
	}()
	sum := 0
	for number := range numbers {
		sum += number
	}
	fmt.Println("goroutines:", sum)
}

func locks() {
	var lock sync.Mutex
	var group sync.WaitGroup
	counter := 0
	for i := 0; i < 16; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for n := 0; n < 10_000; n++ {
				lock.Lock()
				counter++
				lock.Unlock()
			}
		}()
	}
	group.Wait()
	fmt.Println("locks:", counter)
}

// Loops that call nothing can be stopped only by a signal; collecting garbage has to stop all of them.
func preemption() {
	var stop int32
	var group sync.WaitGroup
	for i := 0; i == 0 || i < runtime.GOMAXPROCS(0)-1; i++ { // one processor stays for the rest: no waiting for slices
		group.Add(1)
		go func() {
			defer group.Done()
			for atomic.LoadInt32(&stop) == 0 {
			}
		}()
	}
	for i := 0; i < 5; i++ {
		runtime.GC()
	}
	atomic.StoreInt32(&stop, 1)
	group.Wait()
	fmt.Println("preemption: stopped for each collection")
}

// Goroutines locked to threads, so that there are many threads.
func threads() {
	var group sync.WaitGroup
	var met sync.WaitGroup
	met.Add(50)
	for i := 0; i < 50; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
			met.Done()
			met.Wait()
		}()
	}
	group.Wait()
	fmt.Println("threads: met")
}

type node struct {
	left, right *node
	payload     []byte
}

func tree(depth int, mark byte) *node {
	if depth == 0 {
		return &node{payload: bytes.Repeat([]byte{mark}, 100)}
	}
	return &node{tree(depth-1, mark), tree(depth-1, mark), bytes.Repeat([]byte{mark}, 10)}
}

func (n *node) intact(mark byte) int {
	if n == nil {
		return 0
	}
	count := n.left.intact(mark) + n.right.intact(mark)
	if bytes.Count(n.payload, []byte{mark}) == len(n.payload) {
		count++
	}
	return count
}

func garbage() {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	var group sync.WaitGroup
	var intact int64
	for worker := 0; worker < 6; worker++ {
		group.Add(1)
		go func(mark byte) {
			defer group.Done()
			kept := tree(10, mark)
			for round := 0; round < 10; round++ {
				tree(10, 0)
				atomic.AddInt64(&intact, int64(kept.intact(mark)))
			}
		}(byte(worker + 1))
	}
	group.Wait()
	debug.FreeOSMemory()
	fmt.Println("garbage:", intact)
}

func descend(depth int) int {
	var frame [256]byte
	if depth == 0 {
		return int(frame[7])
	}
	return descend(depth-1) + 1
}

func recovered(body func()) (message string) {
	defer func() { message = fmt.Sprint(recover()) }()
	body()
	return ""
}

func faults() {
	fmt.Println("deep:", descend(100_000))
	var missing *node
	var zero int
	var wrong = 7
	fmt.Println("nil:", recovered(func() { missing.payload = nil }))
	fmt.Println("zero:", recovered(func() { wrong /= zero }))
	fmt.Println("index:", recovered(func() { fmt.Sprint([]int{1, 2}[wrong]) }))
	mapping, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	check(err)
	debug.SetPanicOnFault(true)
	fmt.Println("read-only:", recovered(func() { mapping[0] = 1 }))
}

func timers() {
	fired := make(chan int, 100)
	for i := 0; i < 100; i++ {
		number := i
		time.AfterFunc(time.Duration(i%10)*time.Millisecond, func() { fired <- number })
	}
	sum := 0
	for i := 0; i < 100; i++ {
		sum += <-fired
	}
	ticker := time.NewTicker(time.Millisecond)
	for i := 0; i < 20; i++ {
		<-ticker.C
	}
	ticker.Stop()
	select {
	case <-time.After(5 * time.Millisecond):
		fmt.Println("timers:", sum, "and a time-out")
	case <-fired:
		fmt.Println("timers: one too many")
	}
}

func signals() {
	received := make(chan os.Signal, 100)
	signal.Notify(received, syscall.SIGUSR1, syscall.SIGUSR2)
	defer signal.Stop(received)
	for i := 0; i < 10; i++ {
		check(syscall.Kill(os.Getpid(), syscall.SIGUSR1))
		if <-received != syscall.SIGUSR1 {
			panic("another signal")
		}
	}
	fmt.Println("signals: received")
}

func echo(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			io.Copy(connection, connection)
			connection.Close()
		}()
	}
}

func network(kind, address string) {
	listener, err := net.Listen(kind, address)
	check(err)
	go echo(listener)
	var group sync.WaitGroup
	var total int64
	for i := 0; i < 50; i++ {
		group.Add(1)
		go func(seed byte) {
			defer group.Done()
			connection, err := net.Dial(kind, listener.Addr().String())
			check(err)
			defer connection.Close()
			sent := bytes.Repeat([]byte{seed}, 10_000)
			received := make([]byte, len(sent))
			for round := 0; round < 10; round++ {
				_, err = connection.Write(sent)
				check(err)
				_, err = io.ReadFull(connection, received)
				check(err)
				if !bytes.Equal(sent, received) {
					panic("other bytes came back")
				}
				atomic.AddInt64(&total, int64(len(received)))
			}
			connection.SetReadDeadline(time.Now().Add(time.Millisecond))
			if _, err = connection.Read(received); !errors.Is(err, os.ErrDeadlineExceeded) {
				panic(err)
			}
		}(byte(i))
	}
	group.Wait()
	listener.Close()
	fmt.Println(kind+":", total)
}

func files(folder string) {
	var group sync.WaitGroup
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func(number int) {
			defer group.Done()
			name := filepath.Join(folder, fmt.Sprint("file ", number))
			text := bytes.Repeat([]byte{byte(number)}, 10_000)
			check(os.WriteFile(name, text, 0o644))
			read, err := os.ReadFile(name)
			check(err)
			if !bytes.Equal(read, text) {
				panic("other bytes were read")
			}
		}(i)
	}
	group.Wait()
	entries, err := os.ReadDir(folder)
	check(err)
	reader, writer, err := os.Pipe()
	check(err)
	go func() {
		for i := 0; i < 100; i++ {
			writer.Write(make([]byte, 5000))
		}
		writer.Close()
	}()
	count, err := io.Copy(io.Discard, reader)
	check(err)
	fmt.Println("files:", len(entries), "pipe:", count)
}

func children() {
	if err := exec.Command("true").Run(); err != nil {
		fmt.Println("child:", err)
	} else {
		fmt.Println("child: ran")
	}
}

func main() {
	folder := os.Args[1]
	goroutines()
	locks()
	preemption()
	threads()
	garbage()
	faults()
	timers()
	signals()
	network("tcp", "127.0.0.1:0")
	network("unix", filepath.Join(folder, "socket"))
	files(folder)
	if len(os.Args) > 2 {
		children()
	}
}
