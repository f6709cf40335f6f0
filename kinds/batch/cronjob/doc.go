// Package cronjob is the kind batch/v1 CronJob.
package cronjob
