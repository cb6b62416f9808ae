package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/config"
)

// system is what the operating system gives a process, so that a test can give
// something else.
type system struct {
	args    []string
	environ []string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
}

// app is one run of the command line: the system and the flags every subcommand has.
type app struct {
	system
	configFile string
	// started is set once flags and arguments were understood: an error before
	// that is one of usage.
	started bool
	// trail is what the subcommand changes, for the audit log.
	trail *access.Trail
}

// run does what args say and returns the exit code.
func run(ctx context.Context, sys system) int {
	a := &app{system: sys}
	root := a.root()
	root.SetArgs(sys.args)
	root.SetIn(sys.stdin)
	root.SetOut(sys.stdout)
	root.SetErr(sys.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if !a.started {
		err = mark(errUsage, err)
	}
	fmt.Fprintln(sys.stderr, "osrsdiff: "+strings.ReplaceAll(err.Error(), "\n", "\n  "))
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "osrsdiff",
		Short: "Track Old School RuneScape players on the official hiscores",
		Long: `osrsdiff tracks Old School RuneScape players. Each is fetched from the official
hiscores on a schedule of its own, every change is kept, and anyone can ask what
changed between two times.

"osrsdiff up" runs everything in one process with nothing to install; scheduler,
worker and web run one role each against a shared Redis and database.`,
		Example: `  osrsdiff up --demo              see it work with simulated players
  osrsdiff lookup "Lynx Titan"    fetch one player and print the hiscores
  osrsdiff player add Zezima --every 6h
  osrsdiff diff Zezima --since 7d`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			a.started = true
			cmd.SetContext(a.beginTrail(cmd.Context()))
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Args: cobra.NoArgs,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetUsageTemplate(root.UsageTemplate() + "{{if not .HasParent}}\n" + exitHelp() + "\n{{end}}")
	a.settingFlags(root)
	root.AddCommand(a.commands()...)
	return root
}

// shownFlags are the settings whose flags the help of each subcommand lists; the
// others are listed by `osrsdiff config --help` alone.
var shownFlags = map[string]bool{"redis.url": true, "database.url": true, "data.dir": true, "log.level": true}

func (a *app) settingFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&a.configFile, "config", "", "settings `file` (default "+config.FileName+" in the working folder, if there is one)")
	for _, k := range config.Keys() {
		flags.String(k.Flag, k.Default, k.Description)
		flags.Lookup(k.Flag).Hidden = !shownFlags[k.Name]
	}
}

// load reads the settings. defaults replaces defaults by key; nil replaces none.
func (a *app) load(cmd *cobra.Command, defaults map[string]string) (*config.Config, error) {
	given := map[string]string{}
	for _, k := range config.Keys() {
		if f := cmd.Flag(k.Flag); f != nil && f.Changed {
			given[k.Name] = f.Value.String()
		}
	}
	return config.Load(config.Sources{File: a.configFile, Environ: a.environ, Flags: given, Defaults: defaults})
}

// group is a command that only has subcommands.
func group(use, short string, subcommands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(subcommands...)
	return cmd
}

// commands lists the subcommands in the order of the help.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.upCommand(),
		a.schedulerCommand(),
		a.workerCommand(),
		a.webCommand(),
		a.playerCommands(),
		a.diffCommand(),
		a.gainsCommand(),
		a.recordsCommand(),
		a.milestonesCommand(),
		a.leaderboardCommand(),
		a.compareCommand(),
		a.activityCommand(),
		a.groupCommands(),
		a.competitionCommands(),
		a.lookupCommand(),
		group("export", "Write players, a history or gains as CSV or JSON Lines",
			a.exportPlayersCommand(),
			a.exportHistoryCommand(),
			a.exportGainsCommand(),
		),
		group("schedule", "Look at schedules, verify and rebuild them",
			a.scheduleListCommand(),
			a.scheduleShowCommand(),
			a.scheduleVerifyCommand(),
			a.scheduleRebuildCommand(),
		),
		group("task", "List and trigger the tasks that run by the clock",
			a.taskListCommand(),
			a.taskTriggerCommand(),
		),
		group("token", "Make, list and revoke the tokens of API and pages",
			a.tokenAddCommand(),
			a.tokenListCommand(),
			a.tokenRevokeCommand(),
		),
		group("optout", "Keep names from being tracked",
			a.optOutAddCommand(),
			a.optOutListCommand(),
			a.optOutRemoveCommand(),
		),
		group("webhook", "Post what happens to Discord or another program",
			a.webhookAddCommand(),
			a.webhookListCommand(),
			a.webhookTestCommand(),
			a.webhookLogCommand(),
			a.webhookRemoveCommand(),
		),
		group("audit", "See who changed what", a.auditListCommand()),
		a.statusCommand(),
		a.configCommand(),
		a.healthcheckCommand(),
		a.versionCommand(),
	}
}

func (a *app) playerCommands() *cobra.Command {
	return group("player", "Add, list and change tracked players",
		a.playerAddCommand(),
		a.playerListCommand(),
		a.playerShowCommand(),
		a.playerSetCommand(),
		a.playerPauseCommand(),
		a.playerResumeCommand(),
		a.playerFetchCommand(),
		a.playerRenameCommand(),
		a.playerFlagsCommand(),
		a.playerAcceptCommand(),
		a.playerSplitCommand(),
		a.playerRemoveCommand(),
	)
}

func (a *app) groupCommands() *cobra.Command {
	return group("group", "Keep groups of players, and compare their members",
		a.groupAddCommand(),
		a.groupListCommand(),
		a.groupShowCommand(),
		a.groupSetCommand(),
		a.groupRenameCommand(),
		a.groupRemoveCommand(),
		a.groupSyncCommand(),
		a.groupExportCommand(),
		a.groupGainsCommand(),
		a.groupLeaderboardCommand(),
		a.groupOutdatedCommand(),
	)
}

func (a *app) competitionCommands() *cobra.Command {
	return group("competition", "Let players compete for what they gain",
		a.competitionAddCommand(),
		a.competitionListCommand(),
		a.competitionShowCommand(),
		a.competitionRemoveCommand(),
	)
}

// quiet is the logger of subcommands that answer on standard output: only
// warnings are worth interrupting for, unless a level was asked for.
func (a *app) quiet(c *config.Config) *slog.Logger {
	level := max(logLevel(c.Settings.Log.Level), slog.LevelWarn)
	if c.Origin("log.level") != "default" {
		level = logLevel(c.Settings.Log.Level)
	}
	return newLogger(a.stderr, c.Settings.Log.Format, level)
}
