package member

import "strings"

// word is what a part of a User-Agent stands for.
type word struct{ part, name string }

// The first that is found counts: newer browsers call themselves by the names of older ones too.
var (
	browsers = []word{
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"UCBrowser/", "UC Browser"},
		{"YaBrowser/", "Yandex"},
		{"FxiOS/", "Firefox"},
		{"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chromium/", "Chromium"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
		{"python-requests/", "Python"},
		{"Go-http-client/", "Go"},
	}
	systems = []word{
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Android", "Android"},
		{"Windows", "Windows"},
		{"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"},
		{"Linux", "Linux"},
	}
)

// readAgent guesses from a User-Agent what a person would call the browser and the machine; empty for what it does not
// know. It is for looking at only: anybody can send any text.
func readAgent(agent string) (browser, system string) {
	return find(browsers, agent), find(systems, agent)
}

func find(words []word, in string) string {
	for _, w := range words {
		if strings.Contains(in, w.part) {
			return w.name
		}
	}
	return ""
}
