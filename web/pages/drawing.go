package pages

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"slices"
	"strings"
)

// drawing is a black and white picture as the path of an SVG: the pages load no
// picture from an address of data, and a path stays sharp at every size.
type drawing struct {
	Path          string
	Width, Height int
}

// span is a dark stretch of a row, from the first pixel to the one behind it.
type span struct{ from, to int }

// trace makes a drawing of a PNG. Neighbouring rows that are the same become
// one band, so that a QR code costs a rectangle or less for each of its squares.
func trace(picture []byte) (drawing, error) {
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return drawing{}, fmt.Errorf("read picture: %w", err)
	}
	b := img.Bounds()
	d := drawing{Width: b.Dx(), Height: b.Dy()}
	var path strings.Builder
	for y := 0; y < d.Height; {
		row, end := spans(img, y), y+1
		for end < d.Height && slices.Equal(spans(img, end), row) {
			end++
		}
		for _, s := range row {
			fmt.Fprintf(&path, "M%d %dh%dv%dh-%dz", s.from, y, s.to-s.from, end-y, s.to-s.from)
		}
		y = end
	}
	d.Path = path.String()
	return d, nil
}

// spans are the dark stretches of a row, counted from the picture's edge.
func spans(img image.Image, y int) []span {
	var row []span
	b := img.Bounds()
	for x := range b.Dx() {
		if !dark(img, b.Min.X+x, b.Min.Y+y) {
			continue
		}
		if n := len(row); n > 0 && row[n-1].to == x {
			row[n-1].to++
			continue
		}
		row = append(row, span{x, x + 1})
	}
	return row
}

func dark(img image.Image, x, y int) bool {
	r, g, b, _ := img.At(x, y).RGBA()
	return r+g+b < 3*0x8000
}
