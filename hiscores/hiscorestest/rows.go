package hiscorestest

import "strings"

// skill is a skill and its share of an account's experience.
type skill struct {
	name   string
	weight int64
}

// skills are the feed's skills after Overall, in its order.
var skills = []skill{
	{"Attack", 52}, {"Defence", 48}, {"Strength", 61}, {"Hitpoints", 83}, {"Ranged", 67},
	{"Prayer", 17}, {"Magic", 59}, {"Cooking", 38}, {"Woodcutting", 36}, {"Fletching", 41},
	{"Fishing", 39}, {"Firemaking", 43}, {"Crafting", 28}, {"Smithing", 27}, {"Mining", 31},
	{"Herblore", 24}, {"Agility", 22}, {"Thieving", 29}, {"Slayer", 37}, {"Farming", 33},
	{"Runecraft", 12}, {"Hunter", 26}, {"Construction", 23}, {"Sailing", 9},
}

// activity is an activity and how an account comes by its score.
type activity struct {
	name string
	// start is the score of a new account.
	start int64
	// xpEach is the experience for which an account has one more.
	xpEach int64
}

// never is the xpEach of rows that stay as they start.
const never = MaxXP + 1

// activities are the feed's activities, in its order.
var activities = []activity{
	{"Grid Points", 0, never},
	{"League Points", 0, never},
	{"Deadman Points", 0, never},
	{"Bounty Hunter - Hunter", 0, never},
	{"Bounty Hunter - Rogue", 0, never},
	{"Bounty Hunter (Legacy) - Hunter", 0, never},
	{"Bounty Hunter (Legacy) - Rogue", 0, never},
	{"Clue Scrolls (all)", 0, never},
	{"Clue Scrolls (beginner)", 0, 9_000_000},
	{"Clue Scrolls (easy)", 0, 6_000_000},
	{"Clue Scrolls (medium)", 0, 2_100_000},
	{"Clue Scrolls (hard)", 0, 1_300_000},
	{"Clue Scrolls (elite)", 0, 7_000_000},
	{"Clue Scrolls (master)", 0, 12_000_000},
	{"LMS - Rank", 0, never},
	{"PvP Arena - Rank", 2500, never},
	{"Soul Wars Zeal", 0, 40_000_000},
	{"Rifts closed", 0, 700_000},
	{"Colosseum Glory", 0, 95_000},
	{"Collections Logged", 0, 420_000},
	{"Abyssal Sire", 0, 33_800_000},
	{"Alchemical Hydra", 0, 16_100_000},
	{"Amoxliatl", 0, 41_100_000},
	{"Araxxor", 0, 67_300_000},
	{"Artio", 0, 5_600_000},
	{"Barrows Chests", 0, 900_000},
	{"Brutus", 0, 8_100_000},
	{"Bryophyta", 0, 84_700_000},
	{"Callisto", 0, 55_500_000},
	{"Calvar'ion", 0, 10_300_000},
	{"Cerberus", 0, 38_100_000},
	{"Chambers of Xeric", 0, 60_300_000},
	{"Chambers of Xeric: Challenge Mode", 0, 6_600_000},
	{"Chaos Elemental", 0, 52_600_000},
	{"Chaos Fanatic", 0, 22_600_000},
	{"Commander Zilyana", 0, 4_500_000},
	{"Corporeal Beast", 0, 9_500_000},
	{"Crazy Archaeologist", 0, 45_100_000},
	{"Dagannoth Prime", 0, 43_500_000},
	{"Dagannoth Rex", 0, 7_800_000},
	{"Dagannoth Supreme", 0, 25_300_000},
	{"Deranged Archaeologist", 0, 9_900_000},
	{"Doom of Mokhaiotl", 0, 57_100_000},
	{"Duke Sucellus", 0, 44_100_000},
	{"General Graardor", 0, 6_700_000},
	{"Giant Mole", 0, 85_300_000},
	{"Grotesque Guardians", 0, 58_600_000},
	{"Hespori", 0, 13_300_000},
	{"Kalphite Queen", 0, 23_500_000},
	{"King Black Dragon", 0, 65_200_000},
	{"Kraken", 0, 64_900_000},
	{"Kree'Arra", 0, 60_300_000},
	{"K'ril Tsutsaroth", 0, 7_000_000},
	{"Lunar Chests", 0, 59_700_000},
	{"Mad Angel", 0, 60_600_000},
	{"Maggot King", 0, 41_300_000},
	{"Mimic", 0, 150_000_000},
	{"Nex", 0, 5_700_000},
	{"Nightmare", 0, 23_300_000},
	{"Phosani's Nightmare", 0, 5_400_000},
	{"Obor", 0, 57_700_000},
	{"Phantom Muspah", 0, 88_600_000},
	{"Sarachnis", 0, 14_300_000},
	{"Scorpia", 0, 30_300_000},
	{"Scurrius", 0, 43_600_000},
	{"Shellbane Gryphon", 0, 15_400_000},
	{"Skotizo", 0, 56_000_000},
	{"Sol Heredit", 0, 180_000_000},
	{"Spindel", 0, 12_700_000},
	{"Tempoross", 0, 800_000},
	{"The Gauntlet", 0, 59_100_000},
	{"The Corrupted Gauntlet", 0, 32_200_000},
	{"The Hueycoatl", 0, 58_000_000},
	{"The Leviathan", 0, 84_200_000},
	{"The Royal Titans", 0, 70_500_000},
	{"The Whisperer", 0, 19_200_000},
	{"Theatre of Blood", 0, 11_200_000},
	{"Theatre of Blood: Hard Mode", 0, 60_200_000},
	{"Thermonuclear Smoke Devil", 0, 59_100_000},
	{"Tombs of Amascut", 0, 66_100_000},
	{"Tombs of Amascut: Expert Mode", 0, 19_900_000},
	{"TzKal-Zuk", 0, 170_000_000},
	{"TzTok-Jad", 0, 60_000_000},
	{"Vardorvis", 0, 38_800_000},
	{"Venenatis", 0, 10_600_000},
	{"Vet'ion", 0, 56_700_000},
	{"Vorkath", 0, 600_000},
	{"Wintertodt", 0, 350_000},
	{"Yama", 0, 73_600_000},
	{"Zalcano", 0, 7_100_000},
	{"Zulrah", 0, 650_000},
}

const (
	cluesTotal = "Clue Scrolls (all)"
	// rankedFrom is the score from which most activities have a rank.
	rankedFrom = 5
)

// rankedAt holds the scores from which the other activities have a rank.
var rankedAt = map[string]int64{
	"Mimic": 1, "TzKal-Zuk": 1, "Bounty Hunter - Hunter": 2, "Bounty Hunter - Rogue": 2,
	"LMS - Rank": 500, "PvP Arena - Rank": 2525, "Soul Wars Zeal": 200, "Rifts closed": 2,
	"Colosseum Glory": 300, "Collections Logged": 500, cluesTotal: 1,
	"Clue Scrolls (beginner)": 1, "Clue Scrolls (easy)": 1, "Clue Scrolls (medium)": 1,
	"Clue Scrolls (hard)": 1, "Clue Scrolls (elite)": 1, "Clue Scrolls (master)": 1,
}

func isClueTier(metric string) bool {
	return strings.HasPrefix(metric, "Clue Scrolls (") && metric != cluesTotal
}
