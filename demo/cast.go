package demo

import (
	"time"

	"github.com/osrsdiff/osrsdiff/player"
)

// Player is one of the players of the demo.
type Player struct {
	// Name is invented, and looks it.
	Name string
	// Mode is the game mode at the start.
	Mode player.Mode
	// Story says what happens to the player, for people to read.
	Story string
}

// Players lists the players of the demo, in a fixed order.
func Players() []Player {
	parts := cast()
	players := make([]Player, len(parts))
	for i, p := range parts {
		players[i] = p.Player
	}
	return players
}

// part is what a player of the demo does.
type part struct {
	Player
	// xp is the experience in all at the start.
	xp int64
	// skills are trained in turn, a few minutes each.
	skills []string
	// pace is the experience gained in a step, give or take a quarter. Zero: the
	// player never plays.
	pace int64
	// bosses are killed now and then from the start.
	bosses []string
	// firsts are bosses never killed before the start; their first kills come one
	// after another.
	firsts []string
	// rated players have a rating that rises and falls.
	rated bool
	// unlisted players are too low for the regular table.
	unlisted bool
	// vanishes players are off the tables now and then.
	vanishes bool
	// leaves is when the row on the table of the mode freezes. Zero: never.
	leaves time.Duration
}

// The times of what happens once, after the start.
const (
	hardcoreDies   = 3 * time.Minute
	ironmanLeaves  = 4 * time.Minute
	ultimateLeaves = 6 * time.Minute
	newBossComes   = 5 * time.Minute
)

// cast makes the parts anew for each caller.
func cast() []part { return append(regulars(), ironmen()...) }

func regulars() []part {
	return []part{
		{
			Player: Player{"Demo Alder", player.Regular, "a newcomer who levels up all the time"},
			xp:     60_000, pace: 350,
			skills: []string{"Woodcutting", "Firemaking", "Fishing", "Cooking", "Mining", "Smithing", "Attack"},
			firsts: []string{"Obor", "Bryophyta", "Giant Mole", "Barrows Chests", "Scurrius", "Sarachnis"},
		},
		{
			Player: Player{"Demo Briar", player.Regular, "kills bosses day and night"},
			xp:     140_000_000, pace: 5200,
			skills: []string{"Ranged", "Magic", "Slayer"},
			bosses: []string{"Zulrah", "Vorkath", "The Gauntlet", "Cerberus"},
			firsts: []string{"Sol Heredit", "TzKal-Zuk", "Yama"},
		},
		{
			Player: Player{"Demo Cobalt", player.Regular, "a veteran whose rating rises and falls"},
			xp:     900_000_000, pace: 9000,
			skills: []string{"Runecraft", "Agility", "Sailing"}, bosses: []string{"Wintertodt"}, rated: true,
		},
		{
			Player: Player{"Demo Dormant", player.Regular, "has not played for years"},
			xp:     120_000_000,
		},
		{
			Player: Player{"Demo Ember", player.Regular, "goes missing now and then, and comes back"},
			xp:     30_000_000, pace: 2600, vanishes: true,
			skills: []string{"Hunter", "Farming", "Herblore"}, bosses: []string{"Hespori", "Tempoross"},
		},
	}
}

func ironmen() []part {
	return []part{
		{
			Player: Player{"Demo Fern", player.Ironman, "an ironman with one first kill after another"},
			xp:     8_000_000, pace: 1400,
			skills: []string{"Strength", "Defence", "Slayer", "Crafting"}, bosses: []string{"Barrows Chests"},
			firsts: []string{"Kraken", "Giant Mole", "Zulrah", "Vorkath", "Cerberus", "Nex"},
		},
		{
			Player: Player{"Demo Gully", player.Ironman, "so low that only the ironman table lists them"},
			xp:     9_000, pace: 90, unlisted: true,
			skills: []string{"Fishing", "Cooking", "Thieving", "Magic"},
		},
		{
			Player: Player{"Demo Heath", player.Ironman, "gives up being an ironman"},
			xp:     22_000_000, pace: 2200, leaves: ironmanLeaves,
			skills: []string{"Construction", "Prayer", "Smithing"},
		},
		{
			Player: Player{"Demo Ivy", player.HardcoreIronman, "a hardcore ironman who takes care"},
			xp:     25_000_000, pace: 1800,
			skills: []string{"Agility", "Mining", "Fishing"}, bosses: []string{"Wintertodt", "Tempoross"},
			firsts: []string{"Scurrius", "Kree'Arra"},
		},
		{
			Player: Player{"Demo Jinx", player.HardcoreIronman, "a hardcore ironman who dies, and plays on"},
			xp:     5_000_000, pace: 1600, leaves: hardcoreDies,
			skills: []string{"Attack", "Strength", "Ranged"}, firsts: []string{"Skotizo"}, bosses: []string{"Chaos Fanatic"},
		},
		{
			Player: Player{"Demo Kelp", player.UltimateIronman, "an ultimate ironman who never banks"},
			xp:     15_000_000, pace: 1900,
			skills: []string{"Thieving", "Fletching", "Woodcutting"}, bosses: []string{"Zalcano"},
		},
		{
			Player: Player{"Demo Lotus", player.UltimateIronman, "an ultimate ironman who opens a bank"},
			xp:     11_000_000, pace: 1500, leaves: ultimateLeaves,
			skills: []string{"Cooking", "Herblore", "Crafting"},
		},
	}
}
