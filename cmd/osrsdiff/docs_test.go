package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/config"
)

// These tests keep the documentation true: each table in it that repeats
// something of the code must have exactly the rows that the code asks for.

const repository = "../.."

// documents are the pages for people. The change log is left out: it may name
// what is gone.
var documents = []string{"README.md", "CONTRIBUTING.md", "docs/api.md", "docs/from-taskiq.md", "docs/metrics.md"}

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tableUnder returns the rows of the first table below a heading of the README,
// without its two header lines.
func tableUnder(t *testing.T, heading string) []string {
	t.Helper()
	_, after, found := strings.Cut(document(t, "README.md"), "\n"+heading+"\n")
	if !found {
		t.Fatalf("README.md has no heading %q", heading)
	}
	var rows []string
	for line := range strings.Lines(after) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "|") {
			rows = append(rows, line)
		} else if len(rows) > 0 || strings.HasPrefix(line, "#") {
			break
		}
	}
	if len(rows) < 3 {
		t.Fatalf("README.md has no table under %q", heading)
	}
	return rows[2:]
}

func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |" }

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func compareTable(t *testing.T, heading string, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table under %q differs from the code (-code +README):\n%s\nIt should have:\n%s", heading, diff, strings.Join(want, "\n"))
	}
}

// compareSorted is for tables whose order is the README's own.
func compareSorted(t *testing.T, heading string, want []string) {
	t.Helper()
	got := tableUnder(t, heading)
	slices.Sort(want)
	slices.Sort(got)
	compareTable(t, heading, want, got)
}

func TestReadmeListsEverySetting(t *testing.T) {
	var want []string
	for _, k := range config.Keys() {
		variables := make([]string, 0, len(k.Env))
		for _, name := range k.Env {
			variables = append(variables, code(name))
		}
		if flag := strings.NewReplacer(".", "-", "_", "-").Replace(k.Name); k.Flag != flag {
			t.Errorf("the flag of %s is --%s; the README says how flags follow from keys, which gives --%s", k.Name, k.Flag, flag)
		}
		want = append(want, row(code(k.Name), strings.Join(variables, " "), code(k.Default), k.Description))
	}
	compareTable(t, "## Configuration", want, tableUnder(t, "## Configuration"))
}

func TestReadmeSettingsFileIsAccepted(t *testing.T) {
	_, after, found := strings.Cut(document(t, "README.md"), "```yaml\n")
	if !found {
		t.Fatal("README.md has no settings file")
	}
	content, _, _ := strings.Cut(after, "```")
	path := filepath.Join(t.TempDir(), config.FileName)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.Sources{File: path})
	if err != nil {
		t.Fatal(err)
	}
	if c.Origin("hiscores.contact") != path {
		t.Errorf("the file sets nothing: %s", content)
	}
}

// The declaration that the README shows is the one that the example of package
// tasks runs.
func TestReadmeDeclaresATaskAsTheExampleDoes(t *testing.T) {
	_, after, found := strings.Cut(document(t, "README.md"), "## Add a cron task in ten lines\n")
	_, after, block := strings.Cut(after, "```go\n")
	declaration, _, _ := strings.Cut(after, "```")
	if !found || !block {
		t.Fatal("README.md declares no task")
	}
	if !strings.Contains(document(t, "tasks/example_test.go"), declaration) {
		t.Errorf("tasks/example_test.go does not have the README's declaration:\n%s", declaration)
	}
	if n := strings.Count(declaration, "\n"); n > 10 {
		t.Errorf("the declaration takes %d lines, more than the ten that are promised", n)
	}
}

func TestReadmeListsEverySubcommand(t *testing.T) {
	var want []string
	for _, cmd := range leaves((&app{}).root()) {
		_, use, _ := strings.Cut(cmd.CommandPath(), " ")
		if _, args, found := strings.Cut(cmd.Use, " "); found {
			use += " " + args
		}
		want = append(want, row(code(strings.ReplaceAll(use, "|", `\|`)), cmd.Short))
	}
	compareSorted(t, "## Subcommands", want)
}

// leaves are the commands that do something.
func leaves(cmd *cobra.Command) []*cobra.Command {
	if !cmd.HasSubCommands() {
		return []*cobra.Command{cmd}
	}
	var all []*cobra.Command
	for _, c := range cmd.Commands() {
		all = append(all, leaves(c)...)
	}
	return all
}

func TestReadmeListsEveryDependency(t *testing.T) {
	var want, got []string
	for line := range strings.Lines(document(t, "go.mod")) {
		if path, version, found := strings.Cut(strings.TrimSpace(line), " v"); found && !strings.Contains(version, "// indirect") {
			want = append(want, path)
		}
	}
	for _, r := range tableUnder(t, "## Dependencies") {
		cells := strings.Split(r, "|")
		if reason := strings.TrimSpace(cells[2]); len(reason) < 20 {
			t.Errorf("the reason for %s is %q; say why it is there", cells[1], reason)
		}
		got = append(got, strings.Trim(cells[1], " `"))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dependencies (-go.mod +README):\n%s", diff)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)
	program = regexp.MustCompile("(?:^|[`$ |])(?:go run \\./cmd/osrsdiff|osrsdiff) +([a-z-][^`|;#&>]*)")
)

func TestDocumentsLinkToWhatExists(t *testing.T) {
	for _, name := range append(documents, "CHANGELOG.md") {
		for _, match := range link.FindAllStringSubmatch(document(t, name), -1) {
			target := match[1]
			if strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(repository, filepath.Dir(name), target)); err != nil {
				t.Errorf("%s links to %s: %v", name, target, err)
			}
		}
	}
}

// Every command line of this program in the documents must name a subcommand
// and flags that exist.
func TestDocumentsUseCommandsThatExist(t *testing.T) {
	for _, name := range documents {
		lines := commandLines(document(t, name))
		if len(lines) == 0 && name != "CONTRIBUTING.md" {
			t.Errorf("no command lines were found in %s", name)
		}
		for _, line := range lines {
			if err := understood(line); err != nil {
				t.Errorf("%s: osrsdiff %s: %v", name, line, err)
			}
		}
	}
}

// commandLines finds the arguments of each call in code blocks and code spans.
func commandLines(text string) []string {
	var found []string
	for i, block := range strings.Split(text, "```") {
		if i%2 == 0 {
			block = strings.Join(spans(block), "\n")
		}
		for line := range strings.Lines(block) {
			if match := program.FindStringSubmatch(strings.TrimSpace(line)); match != nil {
				call, _, _ := strings.Cut(match[1], ". ") // A sentence goes on after it.
				found = append(found, strings.TrimSpace(call))
			}
		}
	}
	return found
}

func spans(text string) []string {
	var found []string
	for i, span := range strings.Split(text, "`") {
		if i%2 == 1 {
			found = append(found, strings.ReplaceAll(span, "\n", " "))
		}
	}
	return found
}

func understood(line string) error {
	args := strings.Fields(strings.ReplaceAll(line, `"`, ""))
	cmd, rest, err := (&app{}).root().Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if left := cmd.Flags().Args(); cmd.HasSubCommands() && len(left) > 0 {
		return fmt.Errorf("no subcommand %q", left[0])
	}
	return nil
}

var (
	setVariable  = regexp.MustCompile(`(?m)^\s+(?:ENV )?([A-Z][A-Z_]+)[:=]`)
	usedVariable = regexp.MustCompile(`\$\{([A-Z_]+)`)
)

// A variable that is misspelt in the compose file or the image would be ignored
// without a word, unless it begins with OSRSDIFF_.
func TestContainersSetVariablesThatExist(t *testing.T) {
	known := []string{"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "VERSION"}
	for _, k := range config.Keys() {
		known = append(known, k.Env...)
	}
	for _, name := range []string{"docker-compose.yml", "Dockerfile"} {
		matches := setVariable.FindAllStringSubmatch(document(t, name), -1)
		if len(matches) == 0 {
			t.Errorf("%s: no variables were found", name)
		}
		for _, match := range matches {
			if !slices.Contains(known, match[1]) {
				t.Errorf("%s sets %s, which nothing reads", name, match[1])
			}
		}
	}
	for _, match := range usedVariable.FindAllStringSubmatch(document(t, "docker-compose.yml"), -1) {
		if match[1] != "VERSION" && !strings.Contains(document(t, ".env.example"), "\n"+match[1]+"=") {
			t.Errorf("docker-compose.yml takes %s from .env, but .env.example does not have it", match[1])
		}
	}
}
