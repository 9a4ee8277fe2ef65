// Goroutines and unbuffered channels. README.md names the idiom.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math/big"
	"math/bits"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const golden = 0x9E3779B97F4A7C15

func mix(state, value uint64) uint64 {
	return (bits.RotateLeft64(state, 23) ^ value) * golden
}

// digest is the hash of results that all programs share.
type digest uint64

func (d *digest) number(word uint64) {
	mixed := (uint64(*d) ^ word) * golden
	*d = digest(bits.RotateLeft64(mixed^(mixed>>32), 23) + golden)
}

func (d *digest) bytes(data []byte) {
	length := uint64(len(data))
	word := func(part []byte) (word uint64) {
		for at, b := range part {
			word |= uint64(b) << (8 * at)
		}
		return
	}
	for len(data) >= 8 {
		d.number(word(data[:8]))
		data = data[8:]
	}
	d.number(word(data))
	d.number(length)
}

func (d digest) finish() uint64 {
	mixed := (uint64(d) ^ (uint64(d) >> 29)) * golden
	return mixed ^ (mixed >> 32)
}

func pingpong(pairs uint64, _ []byte) uint64 {
	there, back, done := make(chan uint64), make(chan uint64), make(chan uint64)
	go func() {
		ball := uint64(0)
		for i := uint64(0); i < pairs/2; i++ {
			there <- bits.RotateLeft64(ball, 5) ^ golden
			ball = <-back
		}
		done <- ball
	}()
	go func() {
		for i := uint64(0); i < pairs/2; i++ {
			back <- bits.RotateLeft64(<-there, 9) + 7
		}
	}()
	return <-done
}

func stream(count uint64, _ []byte) uint64 {
	numbers, done := make(chan uint64), make(chan uint64)
	go func() {
		for number := uint64(0); number < count; number++ {
			numbers <- number
		}
	}()
	go func() {
		state := uint64(0)
		for i := uint64(0); i < count; i++ {
			state = mix(state, <-numbers)
		}
		done <- state
	}()
	return <-done
}

func schedule(many uint64, _ []byte) uint64 {
	turns := uint64(200)
	if share := 50_000 / many; share > turns {
		turns = share
	}
	done := make(chan uint64)
	for number := uint64(0); number < many; number++ {
		go func(number uint64) {
			for i := uint64(0); i < turns; i++ {
				runtime.Gosched()
			}
			done <- mix(number, turns)
		}(number)
	}
	sum := uint64(0)
	for i := uint64(0); i < many; i++ {
		sum += <-done
	}
	return sum
}

func ring(many uint64, _ []byte) uint64 {
	const laps = 20
	first := make(chan uint64)
	last := first
	for number := uint64(1); number <= many; number++ {
		right := make(chan uint64)
		go func(number uint64, left, right chan uint64) {
			for i := 0; i < laps; i++ {
				right <- mix(<-left, number)
			}
		}(number, last, right)
		last = right
	}
	token := uint64(0)
	for i := 0; i < laps; i++ {
		first <- mix(token, 0)
		token = <-last
	}
	return token
}

func spawn(generations uint64, _ []byte) uint64 {
	done := make(chan uint64)
	var generation func(number, state uint64)
	generation = func(number, state uint64) {
		state = mix(state, number)
		if number == generations {
			done <- state
			return
		}
		go generation(number+1, state)
	}
	go generation(1, 0)
	return <-done
}

func factorial(n uint64, _ []byte) uint64 {
	var call func(n uint64, reply chan *big.Int)
	call = func(n uint64, reply chan *big.Int) {
		if n <= 1 {
			reply <- big.NewInt(1)
			return
		}
		answer := make(chan *big.Int)
		go call(n-1, answer)
		below := <-answer
		reply <- below.Mul(below, new(big.Int).SetUint64(n))
	}
	rounds, state := uint64(1), uint64(0)
	if n < 1000 {
		rounds = 1000 / n
	}
	for i := uint64(0); i < rounds; i++ {
		answer := make(chan *big.Int)
		go call(n, answer)
		number := (<-answer).Bytes()
		for i, j := 0, len(number)-1; i < j; i, j = i+1, j-1 {
			number[i], number[j] = number[j], number[i]
		}
		d := digest(golden)
		d.bytes(number)
		state = mix(state, d.finish())
	}
	return state
}

func chain(depth uint64, _ []byte) uint64 {
	var link func(level uint64, reply chan uint64)
	link = func(level uint64, reply chan uint64) {
		if level == 0 {
			reply <- 0
			return
		}
		answer := make(chan uint64)
		go link(level-1, answer)
		reply <- mix(<-answer, level)
	}
	answer := make(chan uint64)
	go link(depth, answer)
	return <-answer
}

func sax(_ uint64, document []byte) uint64 {
	events := make(chan string)
	go func() {
		defer close(events)
		decoder := xml.NewDecoder(bytes.NewReader(document))
		for {
			token, err := decoder.RawToken()
			if err == io.EOF {
				return
			}
			if start, is := token.(xml.StartElement); is {
				events <- start.Name.Local
			}
		}
	}()
	elements, state := uint64(0), uint64(0)
	for name := range events {
		d := digest(golden)
		d.number(state)
		d.bytes([]byte(name))
		elements, state = elements+1, d.finish()
	}
	return mix(state, elements)
}

func skynet(leaves uint64, _ []byte) uint64 {
	var node func(first, leaves uint64, reply chan uint64)
	node = func(first, leaves uint64, reply chan uint64) {
		if leaves < 10 {
			reply <- first
			return
		}
		sums, below, sum := make(chan uint64), leaves/10, uint64(0)
		for branch := uint64(0); branch < 10; branch++ {
			go node(first+branch*below, below, sums)
		}
		for i := 0; i < 10; i++ {
			sum += <-sums
		}
		reply <- sum
	}
	reply := make(chan uint64)
	go node(0, leaves, reply)
	return <-reply
}

var scenarios = map[string]func(uint64, []byte) uint64{
	"pingpong": pingpong, "stream": stream, "schedule": schedule, "ring": ring, "spawn": spawn,
	"factorial": factorial, "chain": chain, "sax": sax, "skynet": skynet,
}

type object = map[string]any

func cpu() int64 {
	var use syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	return use.Utime.Nano() + use.Stime.Nano()
}

func sample(ask question) object {
	work := scenarios[ask.Scenario]
	if work == nil {
		return object{"say": "unsupported", "why": "no scenario " + ask.Scenario}
	}
	var document []byte
	if ask.Input != "" {
		document, _ = os.ReadFile(ask.Input)
	}
	used, begun, result := cpu(), time.Now(), uint64(0)
	for at := uint64(0); at < ask.Iterations; at++ {
		again := work(ask.Size, document)
		if at > 0 && again != result {
			return object{"say": "error", "why": "iterations differ"}
		}
		result = again
	}
	return object{"say": "sampled", "digest": fmt.Sprintf("%016x", result), "wall": time.Since(begun), "cpu": cpu() - used}
}

// unsupported says what of a program this peer cannot do.
func unsupported(program program) string {
	if len(program.Callbacks) > 0 {
		return "no callbacks: switches and operations of channels are not told"
	}
	all := append([][]any{}, program.Main...)
	for _, ops := range program.Bodies {
		all = append(all, ops...)
	}
	for _, op := range all {
		switch op[0] {
		case "spawn", "schedule", "send", "recv", "log":
		default:
			return fmt.Sprint("no operation ", op[0])
		}
	}
	return ""
}

// run does a program without an exact order: the part of the language that such programs are made of.
func run(ask question) object {
	if why := unsupported(ask.Program); why != "" {
		return object{"say": "unsupported", "why": why}
	}
	var lock sync.Mutex
	var all sync.WaitGroup
	channels, events := map[string]chan any{}, [][]any{}
	tell := func(event ...any) {
		lock.Lock()
		defer lock.Unlock()
		events = append(events, event)
	}
	channel := func(name string) chan any {
		lock.Lock()
		defer lock.Unlock()
		if channels[name] == nil {
			channels[name] = make(chan any)
		}
		return channels[name]
	}
	var life func(name string, ops [][]any)
	life = func(name string, ops [][]any) {
		for at, op := range ops {
			op, at := op, strconv.Itoa(at)
			tell(name, at, op[0])
			var value any
			switch op[0] {
			case "spawn":
				all.Add(1)
				go func() {
					defer all.Done()
					life(op[1].(string), ask.Program.Bodies[op[2].(string)])
				}()
			case "schedule":
				runtime.Gosched()
			case "send":
				channel(op[1].(string)) <- op[2]
			case "recv":
				value = <-channel(op[1].(string))
			case "log":
				value = op[1]
			}
			tell(name, at, "=", value)
		}
		if name == "main" {
			all.Wait()
		}
		tell(name, "end")
	}
	life("main", ask.Program.Main)
	if len(events) > ask.Events {
		events = events[:ask.Events]
	}
	return object{"say": "ran", "events": events}
}

// held goroutines wait on one channel until they are released.
type held struct {
	count   uint64
	gate    chan uint64
	results chan uint64
}

func (h *held) hold(count uint64) {
	var waiting sync.WaitGroup
	for ; h.count < count; h.count++ {
		waiting.Add(1)
		go func() {
			waiting.Done()
			h.results <- mix(0, <-h.gate)
		}()
	}
	waiting.Wait()
}

func (h *held) release() (sum uint64) {
	for value := uint64(0); value < h.count; value++ {
		h.gate <- value
		sum += <-h.results
	}
	return
}

type question struct {
	ID         uint64 `json:"id"`
	Ask        string
	Scenario   string
	Size       uint64
	Iterations uint64
	Input      string
	Events     int
	Count      uint64
	Program    program
}

type program struct {
	Main      [][]any
	Bodies    map[string][][]any
	Callbacks []string
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	tasks := &held{}
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var ask question
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.UseNumber()
		if err := decoder.Decode(&ask); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var answer object
		switch ask.Ask {
		case "hello":
			answer = object{"say": "hello", "protocol": 1, "name": "go", "version": runtime.Version(), "language": "Go",
				"language_version": runtime.Version(), "can": []string{"run", "hold"}}
		case "run":
			answer = run(ask)
		case "sample":
			answer = sample(ask)
		case "hold":
			if tasks.gate == nil {
				tasks.gate, tasks.results = make(chan uint64), make(chan uint64)
			}
			tasks.hold(ask.Count)
			answer = object{"say": "held", "count": tasks.count}
		case "release":
			answer = object{"say": "released", "digest": fmt.Sprintf("%016x", tasks.release())}
			tasks = &held{}
		case "end":
			answer = object{"say": "end"}
		default:
			answer = object{"say": "unsupported", "why": "no answer to " + ask.Ask}
		}
		answer["id"] = ask.ID
		text, _ := json.Marshal(answer)
		os.Stdout.Write(append(text, '\n'))
		if ask.Ask == "end" {
			return
		}
	}
}
