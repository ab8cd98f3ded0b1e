package delimited

import (
	"bytes"
	"fmt"

	"github.com/chartwatch/chartwatch/ingest"
)

// dateOrder is the order of day and month that holds for a whole file.
type dateOrder struct {
	order   order
	assumed bool // nothing in the beginning of the file proves it
}

// findOrders decides the order of day and month of every column whose formats
// allow both, from the first records. A cell that only one order can read
// proves it; where none does, the first format counts.
func (l *located) findOrders(head []byte) error {
	l.orders = map[string]dateOrder{}
	for i := range l.mapping.columns {
		c := &l.mapping.columns[i]
		if !c.ambiguous() || l.places[i] == nil {
			continue
		}
		decided, err := l.findOrder(head, c, l.places[i])
		if err != nil {
			return err
		}
		l.orders[c.field] = decided
	}
	return nil
}

// ambiguous reports whether the formats allow both orders.
func (c *column) ambiguous() bool {
	var seen [orderDayFirst + 1]bool
	for _, y := range c.layouts {
		seen[y.order] = true
	}
	return seen[orderMonthFirst] && seen[orderDayFirst]
}

func (l *located) findOrder(head []byte, c *column, places []int) (dateOrder, error) {
	t := ingest.NewTableReader(bytes.NewReader(head), l.comma)
	month, day := false, false
	for {
		row, err := t.Next()
		if err != nil {
			break
		}
		if row.Line <= l.start || row.Problem != "" || len(row.Fields) < l.fields {
			continue
		}
		cell := clean(joinCells(row.Fields, places, c.join))
		switch asMonth, asDay := c.reads(cell, orderMonthFirst), c.reads(cell, orderDayFirst); {
		case asMonth && !asDay:
			month = true
		case asDay && !asMonth:
			day = true
		}
	}
	switch {
	case month && day:
		return dateOrder{}, fmt.Errorf("the dates in column %q mix both orders of day and month", c.label())
	case month:
		return dateOrder{order: orderMonthFirst}, nil
	case day:
		return dateOrder{order: orderDayFirst}, nil
	}
	for _, y := range c.layouts {
		if y.order != orderFree {
			return dateOrder{order: y.order, assumed: true}, nil
		}
	}
	return dateOrder{}, nil
}

// reads reports whether a format of the given order reads the cell.
func (c *column) reads(cell string, o order) bool {
	for _, y := range c.layouts {
		if y.order != o {
			continue
		}
		if _, ok := y.parse(cell); ok {
			return true
		}
	}
	return false
}
