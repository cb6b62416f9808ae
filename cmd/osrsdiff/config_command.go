package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/config"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show the settings in force and where each came from",
		Long: `Shows every setting in force, passwords masked, and where it came from: a
default, the file, a variable or a flag, the later winning.

` + settingsHelp(),
		Example: `  osrsdiff config
  OSRSDIFF_HISCORES_RATE=0.5 osrsdiff config --json`,
		Args: cobra.NoArgs,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.load(cmd, nil)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, settingLines(c)...)
		}
		return printSettings(a.stdout, c)
	}
	return cmd
}

// settingLine is a setting as --json shows it.
type settingLine struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}

func settingLines(c *config.Config) []settingLine {
	var lines []settingLine
	for _, v := range c.Values() {
		lines = append(lines, settingLine{Key: v.Key.Name, Value: v.Text, Origin: v.Origin})
	}
	return lines
}

func printSettings(w io.Writer, c *config.Config) error {
	t := newTable(w, "KEY", "VALUE", "FROM")
	for _, line := range settingLines(c) {
		t.row(line.Key, orDash(line.Value), line.Origin)
	}
	return t.flush()
}

// orDash keeps an empty cell from looking like a fault of the table.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// settingsHelp lists every key with its variables, flag and default.
func settingsHelp() string {
	var b strings.Builder
	for _, k := range config.Keys() {
		fmt.Fprintf(&b, "%s (default %s)\n    %s\n    %s --%s\n",
			k.Name, orDash(k.Default), k.Description, strings.Join(k.Env, " "), k.Flag)
	}
	return strings.TrimSpace(b.String())
}
