package httpx

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

const (
	// compressFrom is the size in bytes from which an answer is compressed: a smaller one is one packet either way.
	compressFrom = 1 << 10
	// maxPadding is by how many bytes the length of a compressed answer is blurred.
	maxPadding = 64
)

// Compress has the JSON of next compressed for clients that take gzip. Streams, files and WebSockets pass as they are. It
// stands around Wrap, which answers a panic and cuts off what broke half-way: within it, what is held back would go out.
//
// What is compressed beside text of a stranger's choice tells by its length whether the two are alike (BREACH). Nothing that
// opens anything is told like that: tokens are in cookies, and keys and recovery codes only in answers to a POST that another
// site's page cannot make. Of what is left, such as a preview beside another's message, the length is blurred by padding,
// which is the same for the same answer, so that asking often doesn't help.
func Compress(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(compressFrom),
		gzhttp.CompressionLevel(gzip.BestSpeed),
		gzhttp.ContentTypes([]string{"application/json", "application/problem+json"}),
		gzhttp.EnableZstd(false), // an encoder of it takes megabytes
		gzhttp.RandomJitter(maxPadding, 0, false),
	)
	if err != nil {
		panic(err) // only for options that contradict each other, and these are constants
	}
	return wrap(next)
}

// AcceptsEncoding reads an Accept-Encoding header as far as browsers and tools write it.
func AcceptsEncoding(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q = strings.TrimPrefix(strings.TrimSpace(q), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return q == "" || err == nil && weight > 0
		}
	}
	return false
}
