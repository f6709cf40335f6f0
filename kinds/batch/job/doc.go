// Package job is the kind batch/v1 Job.
package job
