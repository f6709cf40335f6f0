package cronjob

import (
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	spec, status, job := batchv1.CronJobSpec{}.SwaggerDoc(), batchv1.CronJobStatus{}.SwaggerDoc(), batchv1.JobSpec{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Schedule", Type: "string", Description: spec["schedule"], Value: table.Cell(func(c *batchv1.CronJob) any { return c.Spec.Schedule })},
		{Name: "Timezone", Type: "string", Description: spec["timeZone"], Value: table.Cell(zone)},
		{Name: "Suspend", Type: "boolean", Description: spec["suspend"], Value: table.Cell(func(c *batchv1.CronJob) any { return table.Bool(c.Spec.Suspend) })},
		{Name: "Active", Type: "integer", Description: status["active"], Value: table.Cell(func(c *batchv1.CronJob) any { return int64(len(c.Status.Active)) })},
		{Name: "Last Schedule", Type: "string", Description: status["lastScheduleTime"], Value: table.CellAt(lastSchedule)},
		table.Age(),
		{Name: "Containers", Type: "string", Priority: 1, Description: "Names of each container in the template.", Value: table.Cell(func(c *batchv1.CronJob) any {
			return table.ContainerNames(c.Spec.JobTemplate.Spec.Template.Spec.Containers)
		})},
		{Name: "Images", Type: "string", Priority: 1, Description: "Images referenced by each container in the template.", Value: table.Cell(func(c *batchv1.CronJob) any {
			return table.ContainerImages(c.Spec.JobTemplate.Spec.Template.Spec.Containers)
		})},
		{Name: "Selector", Type: "string", Priority: 1, Description: job["selector"], Value: table.Cell(func(c *batchv1.CronJob) any {
			return table.Selector(c.Spec.JobTemplate.Spec.Selector)
		})},
	}
}

func zone(c *batchv1.CronJob) any {
	if c.Spec.TimeZone == nil {
		return table.None
	}
	return *c.Spec.TimeZone
}

func lastSchedule(c *batchv1.CronJob, now time.Time) any {
	if c.Status.LastScheduleTime == nil {
		return table.None
	}
	return table.Since(*c.Status.LastScheduleTime, now)
}
