package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// mapping is a stretch of the address space of this process.
type mapping struct {
	from, to uintptr
	rights   string
	file     string
	// changed is how much of it is not what the file has, in kB; 1 until that is
	// known.
	changed int
}

// releaseCode lets those parts of the program's own file leave memory that were
// needed to start and may never be needed again: a third of what a scheduler has.
// What is needed after all is mapped again from the system's cache of the file.
// Only what was never written to is let go.
func releaseCode() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("release code: %w", err)
	}
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return fmt.Errorf("release code: %w", err)
	}
	var errs []error
	for _, m := range mappings(text) {
		if m.file != self || strings.Contains(m.rights, "w") || m.changed > 0 {
			continue
		}
		if _, _, errno := syscall.RawSyscall(syscall.SYS_MADVISE, m.from, m.to-m.from, syscall.MADV_DONTNEED); errno != 0 {
			errs = append(errs, fmt.Errorf("release code of %s: %w", m.file, errno))
		}
	}
	return errors.Join(errs...)
}

// mappings reads the form of /proc/PID/smaps: a line that begins with the range,
// then a line for each number.
func mappings(smaps []byte) []mapping {
	var all []mapping
	lines := bufio.NewScanner(bytes.NewReader(smaps))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) >= 3 && fields[0] == "Anonymous:" && len(all) > 0 {
			all[len(all)-1].changed, _ = strconv.Atoi(fields[1])
			continue
		}
		if m, ok := parseMapping(fields); ok {
			all = append(all, m)
		}
	}
	return all
}

func parseMapping(fields []string) (m mapping, ok bool) {
	if len(fields) < 5 {
		return mapping{}, false
	}
	from, to, found := strings.Cut(fields[0], "-")
	begin, err := strconv.ParseUint(from, 16, 64)
	end, endErr := strconv.ParseUint(to, 16, 64)
	if !found || err != nil || endErr != nil {
		return mapping{}, false
	}
	return mapping{from: uintptr(begin), to: uintptr(end), rights: fields[1], file: strings.Join(fields[5:], " "), changed: 1}, true
}
