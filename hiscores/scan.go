package hiscores

// scanBody reads a body that is written as the feed writes it: every name of plain
// ASCII, every number whole, nothing null or nested otherwise. It reports false for
// any other, which readBody has to judge. A worker does little else than to read, and
// this takes a third of the time.
func scanBody(data []byte) (body, bool) {
	s := scanner{data: data}
	var b body
	more := s.take('{')
	for more && !s.failed {
		switch s.key() {
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

// scanner reads on from a place in a body; after a failure it reads nothing.
type scanner struct {
	data   []byte
	at     int
	failed bool // the body is written otherwise
}

// peek is the byte to be read next, zero at the end.
func (s *scanner) peek() byte {
	if s.failed || s.at >= len(s.data) {
		return 0
	}
	return s.data[s.at]
}

func (s *scanner) space() {
	for c := s.peek(); c == ' ' || c == '\n' || c == '\r' || c == '\t'; c = s.peek() {
		s.at++
	}
}

// take reads a byte that has to be there, with the space around it.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.peek() != c {
		s.failed = true
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

// key reads the name of a value, in quotes as keyOf gives it, and the colon behind it.
func (s *scanner) key() string {
	key := keyOf(s.quoted())
	s.take(':')
	return key
}

// quoted reads a string of plain ASCII, with its quotes.
func (s *scanner) quoted() []byte {
	if s.peek() != '"' {
		s.failed = true
		return nil
	}
	for end := s.at + 1; end < len(s.data); end++ {
		switch c := s.data[end]; {
		case c == '"':
			quoted := s.data[s.at : end+1]
			s.at = end + 1
			return quoted
		case c < ' ' || c > '~' || c == '\\':
			s.failed = true
			return nil
		}
	}
	s.failed = true
	return nil
}

// text reads a string. One that names a known row is not made anew.
func (s *scanner) text() string {
	quoted := s.quoted()
	if s.failed {
		return ""
	}
	if name, ok := namesKnown()[string(quoted)]; ok {
		return name
	}
	return string(quoted[1 : len(quoted)-1])
}

// mostDigits are those of a number that cannot be too large.
const mostDigits = 18

// number reads a whole number.
func (s *scanner) number() Number {
	negative := s.peek() == '-'
	if negative {
		s.at++
	}
	n, first := int64(0), s.at
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		n = n*10 + int64(c-'0')
		if s.at++; s.at-first > mostDigits {
			break
		}
	}
	digits := s.at - first
	if digits == 0 || digits > mostDigits || digits > 1 && s.data[first] == '0' {
		s.failed = true
		return Number{}
	}
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
		switch s.key() {
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
