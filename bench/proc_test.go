package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// These read /proc, which Linux has; elsewhere the numbers are zero.

// clockTick is the unit of processor time in /proc.
const clockTick = 10 * time.Millisecond

// loadAverage is how many processes wanted a core in the last minute.
func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	x, _ := strconv.ParseFloat(first, 64)
	return x
}

// memoryOf is the resident memory of a process in MB, now and at its most.
func memoryOf(pid int) (now, most float64) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kilobytes, _ := strconv.ParseFloat(fields[1], 64)
		switch fields[0] {
		case "VmRSS:":
			now = kilobytes / 1024
		case "VmHWM:":
			most = kilobytes / 1024
		}
	}
	return now, most
}

// watchMemory watches a process that is about to end; what it returns waits for
// that end and tells the process's memory at its most in MB. What the system tells
// of an ended child counts the memory of the process that started it as well.
func watchMemory(pid int) func() float64 {
	ended := make(chan float64, 1)
	go func() {
		every := time.NewTicker(5 * time.Millisecond)
		defer every.Stop()
		for highest := 0.0; ; <-every.C {
			_, most := memoryOf(pid)
			if most == 0 { // gone, or a zombie, which has no memory
				ended <- highest
				return
			}
			highest = max(highest, most)
		}
	}()
	return func() float64 { return <-ended }
}

// processorTime is how long a process has computed.
func processorTime(pid int) time.Duration {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	// The name, in brackets, may hold spaces; user and system time are the 12th
	// and 13th fields behind it.
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * clockTick
}

func TestProcessorTimeGrows(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("skipped without /proc")
	}
	deadline := time.Now().Add(10 * time.Second)
	for processorTime(os.Getpid()) == 0 && time.Now().Before(deadline) {
		_ = strings.Repeat("busy", 1000)
	}
	if now, most := memoryOf(os.Getpid()); processorTime(os.Getpid()) == 0 || now <= 0 || most < now {
		t.Errorf("this process computed for %v in %v MB, at most %v MB", processorTime(os.Getpid()), now, most)
	}
}
