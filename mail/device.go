package mail

import "strings"

// named is a word of ours for what a client calls itself.
type named struct{ sign, name string }

// browsers and systems are tried from the top: many browsers claim to be
// others too.
var browsers = []named{
	{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi/", "Vivaldi"}, {"SamsungBrowser/", "Samsung Internet"},
	{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	{"curl/", "curl"},
}

var systems = []named{
	{"iPhone", "an iPhone"}, {"iPad", "an iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
	{"Macintosh", "a Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
}

// device says in words of ours what a client calls itself, "" for one that we do
// not know. The client's own words are never shown: anybody can put a message
// for the reader there.
func device(agent string) string {
	browser, system := find(browsers, agent), find(systems, agent)
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	}
	return system
}

func find(all []named, agent string) string {
	for _, n := range all {
		if strings.Contains(agent, n.sign) {
			return n.name
		}
	}
	return ""
}
