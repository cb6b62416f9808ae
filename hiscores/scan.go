package hiscores

// scanBody reads a body that is written as the feed writes it: every name of plain
// ASCII, every number whole, nothing null or nested otherwise. It reports false for
// any other, which readBody has to judge. A worker does little else than to read, and
// this takes a quarter of the time.
func scanBody(data []byte) (body, bool) {
	s := scanner{data: data}
	var b body
	more := s.take('{')
	for more && !s.failed {
		switch string(s.key()) {
		case `"skills"`:
			b.skills = s.rows(usualSkills)
		case `"activities"`:
			b.activities = s.rows(usualActivities)
		default:
			s.scalar()
		}
		more = s.more('}')
	}
	s.space()
	return b, !s.failed && s.at == len(data)
}

// scanner reads on from a place in a body; after a failure there is nothing to read.
type scanner struct {
	data   []byte
	at     int
	failed bool // the body is written otherwise
	// name is the place in spellings of the name that comes next if the rows do in the
	// order of the feed.
	name int
}

func (s *scanner) fail() { s.data, s.at, s.failed = nil, 0, true }

// peek is the byte to be read next, zero at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.data) {
		return s.data[s.at]
	}
	return 0
}

func (s *scanner) space() {
	for s.at < len(s.data) && s.data[s.at] <= ' ' && isSpace(s.data[s.at]) {
		s.at++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// take reads a byte that has to be there, with the space around it.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.peek() != c {
		s.fail()
		return false
	}
	s.at++
	s.space()
	return true
}

// more reads what follows a value: a comma, after which there is another one, or the
// end of the object or list.
func (s *scanner) more(end byte) bool {
	s.space()
	if s.peek() == end {
		s.at++
		return false
	}
	return s.take(',')
}

// key reads the name of a value, with its quotes, and the colon behind it.
func (s *scanner) key() []byte {
	key := s.quoted()
	s.take(':')
	return key
}

// quoted reads a string of plain ASCII, with its quotes.
func (s *scanner) quoted() []byte {
	left := s.data[s.at:]
	if len(left) == 0 || left[0] != '"' {
		s.fail()
		return nil
	}
	for i, c := range left[1:] {
		if c == '"' {
			s.at += i + 2
			return left[:i+2]
		}
		if c < ' ' || c > '~' || c == '\\' {
			break
		}
	}
	s.fail()
	return nil
}

// text reads a string. One that names a known row is not made anew.
func (s *scanner) text() string {
	known := spellings()
	if s.name < len(known) && s.begins(known[s.name].quoted) {
		s.at += len(known[s.name].quoted)
	} else if quoted := s.quoted(); s.failed {
		return ""
	} else if place, ok := spelled()[string(quoted)]; ok {
		s.name = place
	} else {
		return string(quoted[1 : len(quoted)-1])
	}
	s.name++
	return known[s.name-1].name
}

// begins reports whether what is left begins with a text.
func (s *scanner) begins(text string) bool {
	return len(s.data)-s.at >= len(text) && string(s.data[s.at:s.at+len(text)]) == text
}

// mostDigits are those of a number that cannot be too large.
const mostDigits = 18

// number reads a whole number.
func (s *scanner) number() Number {
	left, digits, n := s.data[s.at:], 0, int64(0)
	negative := len(left) > 0 && left[0] == '-'
	if negative {
		left = left[1:]
		s.at++
	}
	for digits < len(left) && '0' <= left[digits] && left[digits] <= '9' && digits <= mostDigits {
		n = n*10 + int64(left[digits]-'0')
		digits++
	}
	if digits == 0 || digits > mostDigits || digits > 1 && left[0] == '0' {
		s.fail()
		return Number{}
	}
	s.at += digits
	if negative {
		n = -n
	}
	return number(n)
}

// scalar passes over a string or a number.
func (s *scanner) scalar() {
	if s.peek() == '"' {
		s.quoted()
		return
	}
	s.number()
}

// rows reads a list of rows that is not empty.
func (s *scanner) rows(usual int) []bodyRow {
	rows := make([]bodyRow, 0, usual)
	more := s.take('[')
	for more && !s.failed {
		rows = append(rows, s.row())
		more = s.more(']')
	}
	return rows
}

// row reads a row that is not empty.
func (s *scanner) row() (row bodyRow) {
	more := s.take('{')
	for more && !s.failed {
		switch string(s.key()) {
		case `"name"`:
			row.name = s.text()
		case `"rank"`:
			row.rank = s.number()
		case `"level"`:
			row.level = s.number()
		case `"xp"`:
			row.xp = s.number()
		case `"score"`:
			row.score = s.number()
		default:
			s.scalar()
		}
		more = s.more('}')
	}
	return row
}
