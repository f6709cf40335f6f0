package socket

import (
	"context"

	"google.golang.org/grpc"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

type imageServer struct {
	runtimeapi.UnimplementedImageServiceServer
	images internalapi.ImageManagerService
}

func (s *imageServer) ListImages(ctx context.Context, q *runtimeapi.ListImagesRequest) (*runtimeapi.ListImagesResponse, error) {
	list, err := s.images.ListImages(ctx, q.GetFilter())
	return &runtimeapi.ListImagesResponse{Images: list}, err
}

func (s *imageServer) StreamImages(q *runtimeapi.StreamImagesRequest, stream grpc.ServerStreamingServer[runtimeapi.StreamImagesResponse]) error {
	list, err := s.images.ListImages(stream.Context(), q.GetFilter())
	return each(list, err, func(part []*runtimeapi.Image) error {
		return stream.Send(&runtimeapi.StreamImagesResponse{Images: part})
	})
}

func (s *imageServer) ImageStatus(ctx context.Context, q *runtimeapi.ImageStatusRequest) (*runtimeapi.ImageStatusResponse, error) {
	return s.images.ImageStatus(ctx, q.GetImage(), q.GetVerbose())
}

func (s *imageServer) PullImage(ctx context.Context, q *runtimeapi.PullImageRequest) (*runtimeapi.PullImageResponse, error) {
	ref, err := s.images.PullImage(ctx, q.GetImage(), q.GetAuth(), q.GetSandboxConfig())
	return &runtimeapi.PullImageResponse{ImageRef: ref}, err
}

func (s *imageServer) RemoveImage(ctx context.Context, q *runtimeapi.RemoveImageRequest) (*runtimeapi.RemoveImageResponse, error) {
	return &runtimeapi.RemoveImageResponse{}, s.images.RemoveImage(ctx, q.GetImage())
}

func (s *imageServer) ImageFsInfo(ctx context.Context, _ *runtimeapi.ImageFsInfoRequest) (*runtimeapi.ImageFsInfoResponse, error) {
	return s.images.ImageFsInfo(ctx)
}

// partSize is how many items one message of a streamed list has.
const partSize = 256

// each sends a list in parts.
func each[T any](list []T, err error, send func([]T) error) error {
	if err != nil {
		return err
	}
	for len(list) > 0 {
		n := min(partSize, len(list))
		if err := send(list[:n]); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}
