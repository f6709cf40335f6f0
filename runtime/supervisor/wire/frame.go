package wire

import "encoding/binary"

const (
	// FrameHead is the size of a frame's head: body length, kind, number.
	FrameHead = 9
	// FrameMax is the largest body that is accepted.
	FrameMax = 1 << 20
	// FilesMax is the most file descriptors beside one frame.
	FilesMax = 4
)

// Frame is one message as it travels. Body is only valid until the buffer that it was cut from is used again.
type Frame struct {
	Kind uint8
	ID   uint32
	Body []byte
}

// AppendFrame encodes a frame at the end of b.
func AppendFrame(b []byte, kind uint8, id uint32, body []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
	b = append(b, kind)
	b = binary.LittleEndian.AppendUint32(b, id)
	return append(b, body...)
}

// CutFrame takes the first frame off b. ok is false while b does not hold a whole frame; err means that no frame can
// ever start there.
func CutFrame(b []byte) (f Frame, rest []byte, ok bool, err error) {
	if len(b) < FrameHead {
		return f, b, false, nil
	}
	n := binary.LittleEndian.Uint32(b)
	if n > FrameMax {
		return f, b, false, ErrMalformed
	}
	end := FrameHead + int(n)
	if len(b) < end {
		return f, b, false, nil
	}
	return Frame{Kind: b[4], ID: binary.LittleEndian.Uint32(b[5:]), Body: b[FrameHead:end]}, b[end:], true, nil
}
