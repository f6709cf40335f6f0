package main

import "testing"

func TestQuantile(t *testing.T) {
	list := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, test := range []struct {
		list []float64
		q    float64
		want float64
	}{
		{nil, .5, 0},
		{list[:1], .5, 1},
		{list[:1], .99, 1},
		{list, 0, 1},
		{list, .5, 5},
		{list, .9, 9},
		{list, .99, 10},
		{list, 1, 10},
		{list[:9], .5, 5},
	} {
		if got := quantile(test.list, test.q); got != test.want {
			t.Errorf("quantile %v of %v is %v, want %v", test.q, test.list, got, test.want)
		}
	}
	if got := median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("the median of a list out of order is %v, want 5", got)
	}
}
