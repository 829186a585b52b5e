package language

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// catalogue reads the translations of a compiled message catalogue (.mo of GNU gettext: magic, revision, number of
// strings, offsets of two tables of lengths and offsets).
func catalogue(data []byte) []string {
	if len(data) < 20 {
		return nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(data, []byte{0xde, 0x12, 0x04, 0x95}):
	case bytes.HasPrefix(data, []byte{0x95, 0x04, 0x12, 0xde}):
		order = binary.BigEndian
	default:
		return nil
	}
	u32 := func(at uint32) (uint32, bool) {
		if uint64(at)+4 > uint64(len(data)) {
			return 0, false
		}
		return order.Uint32(data[at:]), true
	}
	n, _ := u32(8)
	table, _ := u32(16)
	var texts []string
	for i := range n {
		size, ok := u32(table + 8*i)
		at, also := u32(table + 8*i + 4)
		if !ok || !also || uint64(at)+uint64(size) > uint64(len(data)) {
			return texts
		}
		texts = append(texts, strings.Split(string(data[at:at+size]), "\x00")...)
	}
	return texts
}

// isRunning tells whether a translation is running text: letters, figures and signs of sentences, without placeholders.
func isRunning(text string) bool {
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" .,;:!?¿¡()'’\"«»“”·-/\n", r) {
			return false
		}
	}
	return true
}

// debian gives sentences of a language from the translations of the programs that are installed, at most `most`, the same
// at every run: of six words or more, in running text, each once. Names of countries and languages (iso-codes) are none.
func debian(locale string, most int) []string {
	files, _ := filepath.Glob("/usr/share/locale/" + locale + "/LC_MESSAGES/*.mo")
	slices.Sort(files)
	seen := map[string]bool{}
	var perFile [][]string
	for _, f := range files {
		if strings.HasPrefix(filepath.Base(f), "iso_") || strings.HasPrefix(filepath.Base(f), "iso-") {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		var own []string
		texts := catalogue(data)
		for _, text := range texts[min(1, len(texts)):] { // the first is the head
			if len(own) == most {
				break
			}
			text = strings.ReplaceAll(text, "\u00a0", " ")
			if len(text) > 400 || !utf8.ValidString(text) || !isRunning(text) {
				continue
			}
			words := strings.Fields(text)
			text = strings.Join(words, " ")
			if len(words) < 6 || seen[text] {
				continue
			}
			seen[text] = true
			own = append(own, text)
		}
		perFile = append(perFile, own)
	}
	// Turn by turn from each program, so that none makes the measure.
	var all []string
	for i := 0; len(all) < most; i++ {
		more := false
		for _, own := range perFile {
			if i < len(own) {
				all, more = append(all, own[i]), true
			}
		}
		if !more {
			break
		}
	}
	return all[:min(most, len(all))]
}

// TestDetectOnTranslatedPrograms measures on text that nobody wrote for this package and that was never used to make it:
// what Debian's programs say in Spanish and in Catalan. It reads what is installed; see .ci/run for the packages.
func TestDetectOnTranslatedPrograms(t *testing.T) {
	const least, most = 1000, 4000
	sets := map[string][]string{"es": debian("es", most), "ca": append(debian("ca", most), debian("ca@valencia", most)...)}
	if len(sets["es"]) < least || len(sets["ca"]) < least {
		t.Skipf("%d Spanish and %d Catalan sentences are installed, %d of each are needed: apt-get install gettext git gnupg-l10n",
			len(sets["es"]), len(sets["ca"]), least)
	}
	t.Log("            sentences  right  wrong unknown  precision | of 60 and more: right  wrong unknown  answered")
	for _, tag := range []string{"es", "ca"} {
		var all, long tally
		wrong := map[string]int{}
		for _, text := range sets[tag] {
			got, _ := Detect(text)
			all.add(got, tag)
			if utf8.RuneCountInString(text) >= 60 {
				long.add(got, tag)
			}
			if got != tag && got != "" {
				wrong[got]++
			}
		}
		t.Logf("%10s %10d %6d %6d %7d %10.4f | %22d %6d %7d %9.4f %v", tag, all.all(), all.right, all.wrong, all.unknown, all.precision(),
			long.right, long.wrong, long.unknown, long.coverage(), wrong)
		if all.precision() < 0.98 || long.coverage() < 0.80 {
			t.Errorf("%s: %.4f of the answers are right and %.4f of the long sentences are answered; 0.98 and 0.80 were reached", tag, all.precision(), long.coverage())
		}
	}
}

// TestDetectOnOtherTranslations looks at languages that Detect knows but few posts have, and at those that it does not
// know, which it must not take for Spanish or Catalan.
func TestDetectOnOtherTranslations(t *testing.T) {
	const least, most = 200, 400
	t.Log("          sentences  right  wrong unknown | taken for")
	for _, locale := range []string{"en_GB", "gl", "eu", "fr", "pt", "it", "de", "nl", "da", "pl", "ro", "tr", "uk", "ast", "oc"} {
		sentences := debian(locale, most)
		if len(sentences) < least {
			continue
		}
		tag := locale[:2]
		if len(locale) == 3 || !slices.Contains(tags[:], tag) {
			tag = "other"
		}
		var c tally
		wrong := map[string]int{}
		for _, text := range sentences {
			got, _ := Detect(text)
			c.add(got, tag)
			if got != tag && got != "" {
				wrong[got]++
			}
		}
		t.Logf("%8s %10d %6d %6d %7d | %v", locale, c.all(), c.right, c.wrong, c.unknown, wrong)
		for _, official := range []string{"es", "ca"} {
			// Asturian and Occitan stand so near that a list without them cannot keep them out.
			if n := wrong[official]; 12*n > c.all() && locale != "ast" && locale != "oc" {
				t.Errorf("%d of %d sentences in %s are taken for %s", n, c.all(), locale, official)
			}
		}
	}
}
