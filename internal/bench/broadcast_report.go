package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// finding is one thing that was measured of the broadcasts.
type finding struct {
	name   string
	text   string
	judged bool
	aim    string
	missed bool
}

func (r *sending) add(name, text string) { r.found = append(r.found, finding{name: name, text: text}) }

// judge notes a value of which at most so much is aimed at.
func (r *sending) judge(name string, value float64, unit string, most float64) {
	r.found = append(r.found, finding{name: name, text: amount(value, unit), judged: true, aim: "≤ " + amount(most, unit), missed: value > most})
}

func amount(v float64, unit string) string {
	text := fmt.Sprintf("%.2f", v)
	if v == float64(int(v)) || v >= 100 {
		text = fmt.Sprintf("%.0f", v)
	}
	if unit == "" {
		return text
	}
	return text + " " + unit
}

// findings are those of all engines, in the order of the first that has them.
type findings struct {
	names []string
	by    map[string]map[string]finding // name → engine
}

func (f *findings) add(engine string, list []finding) {
	if f.by == nil {
		f.by = map[string]map[string]finding{}
	}
	for _, x := range list {
		if f.by[x.name] == nil {
			f.by[x.name] = map[string]finding{}
			f.names = append(f.names, x.name)
		}
		f.by[x.name][engine] = x
	}
}

// missed reports whether anything is beyond its aim.
func (f *findings) missed() bool {
	for _, engines := range f.by {
		for _, x := range engines {
			if x.missed {
				return true
			}
		}
	}
	return false
}

// print writes the table for people.
func (f *findings) print(w io.Writer, engines []string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "what")
	for _, e := range engines {
		fmt.Fprintf(t, "\t%s", e)
	}
	fmt.Fprintln(t, "\taim\t")
	for _, name := range f.names {
		fmt.Fprint(t, name)
		aim := ""
		for _, e := range engines {
			x, ok := f.by[name][e]
			if !ok {
				x.text = "–"
			}
			if x.missed {
				x.text += " (missed)"
			}
			if x.judged {
				aim = x.aim
			}
			fmt.Fprintf(t, "\t%s", x.text)
		}
		fmt.Fprintf(t, "\t%s\t\n", aim)
	}
	_ = t.Flush()
}
