package seerflow_test

import (
	"errors"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go"
)

func TestAlertsAndVerdicts(t *testing.T) {
	store, ctx := open(t), t.Context()
	user, err := seerflow.EntityID(seerflow.EntityUser, "root")
	if err != nil {
		t.Fatal(err)
	}
	alert := seerflow.Alert{
		AlertID: "0192f0a4-7b1e-7c3a-9d2b-5e6f7a8b9c0d", AlertType: "sigma", TimestampNS: 1_700_000_000_000_000_000, Severity: seerflow.SeverityCritical,
		RuleName: "brute force", EntityUUID: user, EntityType: "user", EntityValue: "root", DedupKey: "k",
		MitreTechniques: []string{"T1110.001"},
	}
	for i, isNew := range []bool{true, false} {
		results, err := store.WriteAlerts(ctx, []seerflow.Alert{alert}, seerflow.DedupWindow)
		if err != nil || len(results) != 1 || results[0].IsNew != isNew || results[0].DedupCount != int64(i+1) {
			t.Fatalf("%+v %v", results, err)
		}
	}
	page, err := store.QueryAlerts(ctx, seerflow.AlertQuery{Technique: "T1110", MinSeverity: seerflow.SeverityCritical, Total: true})
	if err != nil || len(page.Alerts) != 1 || page.Total != 1 || page.Alerts[0].DedupCount != 2 || page.Alerts[0].Severity != seerflow.SeverityCritical {
		t.Fatalf("%+v %v", page, err)
	}
	if err := store.Judge(ctx, alert.AlertID, seerflow.TruePositive, "seen"); err != nil {
		t.Fatal(err)
	}
	found, err := store.Alert(ctx, alert.AlertID)
	if err != nil || found.Feedback != "tp" || found.FeedbackNote != "seen" {
		t.Errorf("%+v %v", found, err)
	}
	if _, err := store.Alert(ctx, "0192f0a4-7b1e-7c3a-9d2b-5e6f7a8b9c0e"); !errors.Is(err, seerflow.ErrNotFound) {
		t.Error(err)
	}
	stats, err := store.FeedbackStats(ctx)
	if err != nil || stats.TruePositives != 1 || stats.Total != 1 {
		t.Errorf("%+v %v", stats, err)
	}
	if rows, err := store.Feedback(ctx, alert.AlertID, 1, 10); err != nil || len(rows) != 1 || rows[0].Verdict != seerflow.TruePositive {
		t.Errorf("%+v %v", rows, err)
	}
	if patterns, err := store.AlertPatterns(ctx, time.Time{}, time.Time{}, 1, 10, 10); err != nil || len(patterns) != 1 || patterns[0].RuleName != "brute force" {
		t.Errorf("%+v %v", patterns, err)
	}
	if counts, err := store.AlertsByRule(ctx, time.Time{}, time.Time{}); err != nil || len(counts) != 1 || counts[0].Count != 1 {
		t.Errorf("%+v %v", counts, err)
	}
	if counts, err := store.AlertsBySeverity(ctx, time.Time{}, time.Time{}); err != nil || counts[0].Value != "critical" {
		t.Errorf("%+v %v", counts, err)
	}
	seen := 0
	for _, err := range store.Alerts(ctx, seerflow.AlertQuery{Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		seen++
	}
	if seen != 1 {
		t.Error(seen)
	}
	unset := seerflow.Alert{AlertID: "0192f0a4-7b1e-7c3a-9d2b-5e6f7a8b9c0f", AlertType: "ioc", EntityType: "user", EntityValue: "root", EntityUUID: user, TimestampNS: alert.TimestampNS}
	if _, err := store.WriteAlerts(ctx, []seerflow.Alert{unset}, 0); err != nil {
		t.Fatal(err)
	}
	if found, err := store.Alert(ctx, unset.AlertID); err != nil || found.Severity != seerflow.SeverityInformational {
		t.Errorf("%+v %v", found, err)
	}
}

func TestModelsTemplatesAndRules(t *testing.T) {
	store, ctx := open(t), t.Context()
	at, err := store.SaveModel(ctx, "m:1", []byte{0, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.SwapModel(ctx, "m:1", []byte("other"), at-1); !errors.Is(err, seerflow.ErrConflict) {
		t.Error(err)
	}
	if model, err := store.LoadModel(ctx, "m:1"); err != nil || string(model.Data) != "\x00\x01\x02" || model.UpdatedAtNS != at {
		t.Errorf("%+v %v", model, err)
	}
	if entries, err := store.Models(ctx, "m:"); err != nil || len(entries) != 1 || entries[0].Bytes != 3 {
		t.Errorf("%+v %v", entries, err)
	}
	if deleted, err := store.DeleteModel(ctx, "m:1"); err != nil || !deleted {
		t.Error(deleted, err)
	}
	if _, err := store.LoadModel(ctx, "m:1"); !errors.Is(err, seerflow.ErrNotFound) {
		t.Error(err)
	}
	example := "a b"
	if err := store.WriteTemplates(ctx, []seerflow.Template{{TemplateID: 1, TemplateStr: "a <*>", EventCount: 2, ExampleMessage: &example}}); err != nil {
		t.Fatal(err)
	}
	if templates, err := store.Templates(ctx, 10); err != nil || len(templates) != 1 || *templates[0].ExampleMessage != "a b" {
		t.Errorf("%+v %v", templates, err)
	}
	if pruned, err := store.PruneTemplates(ctx, 5); err != nil || pruned != 1 {
		t.Error(pruned, err)
	}
	if err := store.EnableSigmaRule(ctx, "r1", false); err != nil {
		t.Fatal(err)
	}
	if err := store.AddSigmaMatches(ctx, []seerflow.SigmaMatches{{RuleID: "r1", Count: 3, LastFiredNS: 7}}); err != nil {
		t.Fatal(err)
	}
	rules, err := store.SigmaRules(ctx)
	if err != nil || len(rules) != 1 || rules[0].Enabled || rules[0].MatchCountLifetime != 3 || *rules[0].LastFiredNS != 7 {
		t.Errorf("%+v %v", rules, err)
	}
}

func TestEdgesAndGraph(t *testing.T) {
	store, ctx := open(t), t.Context()
	id := func(kind seerflow.EntityType, value string) string {
		id, err := seerflow.EntityID(kind, value)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	user, ip, host := id(seerflow.EntityUser, "root"), id(seerflow.EntityIP, "192.0.2.1"), id(seerflow.EntityHost, "web-1")
	edges := []seerflow.Edge{
		{SourceID: user, TargetID: ip, RelType: "authenticated_from", FirstSeen: 1, LastSeen: 2, EventCount: 1},
		{SourceID: ip, TargetID: host, RelType: "has_ip", FirstSeen: 1, LastSeen: 2, EventCount: 1},
	}
	graph := store.Graph()
	if err := graph.Add(ctx, edges, true); err != nil {
		t.Fatal(err)
	}
	if near, err := graph.Neighbours(ctx, user, 2); err != nil || len(near) != 2 {
		t.Errorf("%+v %v", near, err)
	}
	if near, err := graph.Neighbours(ctx, user, 2, "authenticated_from"); err != nil || len(near) != 1 || near[0].Entity != ip {
		t.Errorf("%+v %v", near, err)
	}
	if path, err := graph.Path(ctx, user, host); err != nil || len(path) != 3 || path[1].Entity != ip {
		t.Errorf("%+v %v", path, err)
	}
	nodes, joined, err := graph.Subgraph(ctx, user, 1)
	if err != nil || len(nodes) != 2 || len(joined) != 1 {
		t.Errorf("%+v %+v %v", nodes, joined, err)
	}
	if near, err := graph.Related(ctx, ip); err != nil || len(near) != 2 {
		t.Errorf("%+v %v", near, err)
	}
	if vertices, count, err := graph.Counts(ctx); err != nil || vertices != 3 || count != 2 {
		t.Error(vertices, count, err)
	}
	if top, err := graph.Top(ctx, "pagerank", 1); err != nil || len(top) != 1 || top[0].Value <= 0 {
		t.Errorf("%+v %v", top, err)
	}
	if err := graph.Health(ctx); err != nil {
		t.Error(err)
	}
	stored := 0
	for _, err := range store.Edges(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		stored++
	}
	if stored != 2 {
		t.Error(stored)
	}
	if related, err := store.RelatedEntities(ctx, ip, 10); err != nil || len(related) != 2 {
		t.Errorf("%+v %v", related, err)
	}
	if pruned, err := store.PruneEdges(ctx, math.MaxInt64); err != nil || pruned != 2 {
		t.Error(pruned, err)
	}
}

func TestCountsEntitiesAndMaintenance(t *testing.T) {
	store, ctx := open(t), t.Context()
	base := time.Unix(1_700_000_040, 0).Truncate(time.Minute)
	events := []seerflow.Event{
		{ID: "0192f0a4-7b1e-7c3a-9d2b-5e6f7a8b9c0d", Time: base, SourceType: "a", Users: []string{"root"}},
		{Time: base.Add(time.Minute), SourceType: "a"},
		{Time: base.Add(time.Minute), SourceType: "b"},
	}
	if _, err := store.Write(ctx, events, seerflow.Durable()); err != nil {
		t.Fatal(err)
	}
	if buckets, err := store.Histogram(ctx, base, base.Add(time.Hour), time.Minute); err != nil || len(buckets) != 2 || buckets[1].Count != 2 {
		t.Errorf("%+v %v", buckets, err)
	}
	if buckets, err := store.SplitHistogram(ctx, seerflow.BySource, base, base.Add(time.Hour), time.Minute); err != nil || len(buckets) != 3 {
		t.Errorf("%+v %v", buckets, err)
	}
	if counts, err := store.CountBy(ctx, seerflow.BySource, time.Time{}, time.Time{}, 10); err != nil || len(counts) != 2 || counts[0].Value != "a" {
		t.Errorf("%+v %v", counts, err)
	}
	if distinct, err := store.Distinct(ctx, seerflow.BySource, time.Time{}, time.Time{}); err != nil || distinct != 2 {
		t.Error(distinct, err)
	}
	entities, err := store.EventEntities(ctx, events[0].ID)
	if err != nil || len(entities) != 1 || entities[0].Value != "root" || entities[0].Type != "user" {
		t.Fatalf("%+v %v", entities, err)
	}
	if known, err := store.DescribeEntity(ctx, entities[0].ID); err != nil || len(known) != 1 || known[0].Value != "root" {
		t.Errorf("%+v %v", known, err)
	}
	summary, err := store.Summary(ctx)
	if err != nil || summary.Events != 3 || !summary.Oldest.Equal(base) || summary.Bytes == 0 {
		t.Errorf("%+v %v", summary, err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := store.Backup(ctx, copied); err != nil {
		t.Fatal(err)
	}
	if err := store.Checkpoint(ctx); err != nil {
		t.Error(err)
	}
	for _, check := range []func() ([]string, error){func() ([]string, error) { return store.Check(ctx) }, func() ([]string, error) { return store.CheckText(ctx) }} {
		if found, err := check(); err != nil || len(found) != 0 {
			t.Error(found, err)
		}
	}
	if report, err := store.Prune(ctx, base.Add(time.Second), 0); err != nil || report.Events != 1 {
		t.Errorf("%+v %v", report, err)
	}
	if _, err := store.Event(ctx, events[0].ID); !errors.Is(err, seerflow.ErrNotFound) {
		t.Error(err)
	}
}
