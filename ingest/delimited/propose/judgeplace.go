package propose

import (
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

func judgePlace(c *col) {
	f, s := c.facts, c.meaning.strength
	devices := f.share(isDeviceType)
	switch k := c.meaning.kind; {
	case f.ips > 0.6 && k == kindIP:
		c.set(ingest.ColIP, 0.97, fits)
	case f.ips > 0.6:
		c.set(ingest.ColIP, max(s*0.95, 0.75), "the values are network addresses")
	case f.n == 0 && k == kindIP:
		c.set(ingest.ColIP, s*0.88, noValues)
	case f.n == 0 && k != kindAddress:
		c.set(placeField(k), s*0.88, noValues)
	case f.isTimes(), f.actions > 0.5 && f.hosts < 0.5, f.emails > 0.3, devices > 0.6, k == kindDevice && f.share(isLetter) > 0.8:
		c.set(placeField(k), 0.2, unfit)
	case k == kindAddress && f.hosts < 0.5:
		c.leave(true, "perhaps where somebody lives: left out")
	case k == kindIP && f.hosts < 0.3:
		c.set(ingest.ColIP, 0.4, unfit)
	case k == kindIP || k == kindAddress:
		c.set(ingest.ColWorkstation, 0.75, "the values are names of computers")
	case k == kindLocation && f.hosts > 0.6:
		c.set(ingest.ColWorkstation, 0.6, "the values look like computers")
	case k == kindDevice && f.names > 0.5, f.sentences > 0.4, k == kindLocation && !f.closed() && f.distinct > 40:
		c.set(placeField(k), 0.4, unfit)
	default:
		c.set(placeField(k), s, fits)
	}
}

// isLetter reports whether a value is one letter, which tells kinds of devices
// apart and not devices.
func isLetter(v string) bool { return len(v) == 1 && hasLetters(v, 1) }

func isDeviceType(v string) bool {
	return slices.ContainsFunc(fields(v), func(w string) bool {
		return slices.Contains([]string{"mobile", "desktop", "tablet", "phone", "iphone", "ipad", "android", "windows", "chrome", "firefox", "safari", "edge", "browser", "web", "ios", "macos"}, w)
	}) && !containsDigit(v)
}

func placeField(k kind) string {
	if k == kindLocation {
		return ingest.ColLocation
	}
	return ingest.ColWorkstation
}

func (d *draft) judgeOutcome(c *col) {
	f, s := c.facts, c.meaning.strength
	if c.meaning.kind == kindBreakGlass {
		words := f.share(func(v string) bool {
			return isTruth(v) || slices.Contains([]string{"bg", "btg", "break glass", "normal", "none", "emergency"}, lower(v))
		})
		switch {
		case f.n == 0:
			c.set(ingest.ColBreakGlass, s*0.88, noValues)
		case words > 0.95 && f.distinct <= 6:
			c.set(ingest.ColBreakGlass, s, fits)
		default:
			c.set(ingest.ColBreakGlass, 0.4, unfit)
		}
		return
	}
	direct := slices.ContainsFunc(c.meaning.words, func(w string) bool {
		return slices.Contains([]string{"success", "granted", "failed", "denied"}, w)
	})
	codes := f.share(isHTTPStatus)
	switch {
	case f.n == 0 && direct:
		c.set(ingest.ColOutcome, 0.8, noValues)
	case f.outcomes > 0.8:
		c.set(ingest.ColOutcome, max(s, 0.9), fits)
	case direct && f.truths > 0.95 && f.distinct <= 4:
		c.set(ingest.ColOutcome, s, fits)
	case codes > 0.95:
		c.set(ingest.ColOutcome, max(s, 0.8), "the values are status codes")
	case f.outcomes+f.truths > 0.8:
		c.set(ingest.ColOutcome, 0.5, "which value means success is not known")
	default:
		c.set(ingest.ColOutcome, 0.3, unfit)
	}
}

func isHTTPStatus(v string) bool {
	n, ok := wholeNumber(v)
	return ok && n >= 200 && n < 600 && len(v) == 3
}

func judgeNumber(c *col) {
	f, s := c.facts, c.meaning.strength
	nearly := f.n > 0 && float64(f.distinct) > 0.98*float64(f.n) && f.n == f.all
	codes := f.share(isCode) > 0.95
	switch k := c.meaning.kind; {
	case f.n == 0, f.isTimes():
		c.set(ingest.ColSourceEventID, 0.2, unfit)
	case k == kindEventID && nearly && codes && (f.rising || f.numbers < 0.5 || f.n >= 10):
		c.set(ingest.ColSourceEventID, max(s, 0.92), "the header says so, and no value repeats")
	case k == kindID && nearly && codes && (f.rising || f.numbers < 0.5 || f.n >= 50):
		c.set(ingest.ColSourceEventID, 0.85, "no value repeats")
	case k == kindEventID && f.closed():
		c.set(ingest.ColAction, 0.4, "the values repeat: perhaps a kind of event")
	default:
		c.set(ingest.ColSourceEventID, 0.4, "some values repeat")
	}
}
