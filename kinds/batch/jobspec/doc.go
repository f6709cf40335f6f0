// Package jobspec holds the rules of a job's specification, which jobs share with the job templates of cron jobs.
package jobspec
