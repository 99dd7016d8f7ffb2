package seerflow_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

func TestAlertsAndVerdicts(t *testing.T) {
	store, ctx := open(t), t.Context()
	user, err := seerflow.EntityID(seerflow.EntityUser, "root")
	if err != nil {
		t.Fatal(err)
	}
	alert := seerflow.Alert{
		AlertID: "0192f0a4-7b1e-7c3a-9d2b-5e6f7a8b9c0d", AlertType: "sigma", Time: time.Unix(1_700_000_000, 0), Severity: seerflow.SeverityCritical,
		RuleName: "brute force", EntityUUID: user, EntityType: "user", EntityValue: "root", DedupKey: "k",
		MitreTechniques: []string{"T1110.001"},
	}
	for i, isNew := range []bool{true, false} {
		results, err := store.WriteAlerts(ctx, []seerflow.Alert{alert}, seerflow.DedupWindow)
		if err != nil || len(results) != 1 || results[0].IsNew != isNew || results[0].DedupCount != int64(i+1) {
			t.Fatalf("%+v %v", results, err)
		}
	}
	page, err := store.QueryAlerts(ctx, seerflow.Query{Technique: "T1110", MinSeverity: seerflow.SeverityCritical, Total: seerflow.CountAll})
	if err != nil || len(page.Items) != 1 || page.Total != 1 || page.Items[0].DedupCount != 2 || page.Items[0].Severity != seerflow.SeverityCritical {
		t.Fatalf("%+v %v", page, err)
	}
	// The window excludes its end, for pages, counts and histograms alike.
	at := alert.Time
	for _, one := range []struct {
		from, to time.Time
		count    int
	}{{at, at.Add(1), 1}, {at.Add(-1), at, 0}} {
		window := seerflow.Query{From: one.from, To: one.to}
		found, err := store.QueryAlerts(ctx, window)
		counts, err2 := store.CountAlerts(ctx, window, seerflow.ByRule)
		buckets, err3 := store.AlertHistogram(ctx, window, time.Minute)
		if err := errors.Join(err, err2, err3); err != nil || len(found.Items) != one.count || len(counts) != one.count || len(buckets) != one.count {
			t.Errorf("%v: %+v %+v %+v %v", window, found, counts, buckets, err)
		}
	}
	if _, err := store.QueryAlerts(ctx, seerflow.Query{SourceType: "sshd"}); !errors.Is(err, seerflow.ErrInvalid) || !strings.Contains(err.Error(), "source_type") {
		t.Error(err)
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
	if page, err := store.QueryFeedback(ctx, seerflow.Query{AlertID: alert.AlertID}); err != nil || len(page.Items) != 1 || page.Items[0].Verdict != seerflow.TruePositive {
		t.Errorf("%+v %v", page, err)
	}
	if patterns, err := store.AlertPatterns(ctx, seerflow.Query{AlertType: "sigma", MinCount: 1, MaxAlerts: 10}); err != nil || len(patterns) != 1 || patterns[0].RuleName != "brute force" {
		t.Errorf("%+v %v", patterns, err)
	}
	if counts, err := store.CountAlerts(ctx, seerflow.Query{Technique: "T1110"}, seerflow.ByRule); err != nil || len(counts) != 1 || counts[0].Count != 1 {
		t.Errorf("%+v %v", counts, err)
	}
	if counts, err := store.CountAlerts(ctx, seerflow.Query{}, seerflow.BySeverity); err != nil || counts[0].Value != "critical" {
		t.Errorf("%+v %v", counts, err)
	}
	seen := 0
	for _, err := range store.Alerts(ctx, seerflow.Query{Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		seen++
	}
	if seen != 1 {
		t.Error(seen)
	}
	unset := seerflow.Alert{AlertID: "0192f0a4-7b1e-7c3a-9d2b-5e6f7a8b9c0f", AlertType: "ioc", EntityType: "user", EntityValue: "root", EntityUUID: user, Time: alert.Time}
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
	if _, err := store.SwapModel(ctx, "m:1", []byte("other"), at.Add(-1)); !errors.Is(err, seerflow.ErrConflict) {
		t.Error(err)
	}
	if model, err := store.LoadModel(ctx, "m:1"); err != nil || string(model.Data) != "\x00\x01\x02" || !model.Updated.Equal(at) {
		t.Errorf("%+v %v", model, err)
	}
	if entries, err := store.Models(ctx, seerflow.Query{KeyPrefix: "m:"}); err != nil || len(entries) != 1 || entries[0].Bytes != 3 {
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
	if templates, err := store.Templates(ctx, seerflow.Query{Limit: 10}); err != nil || len(templates) != 1 || *templates[0].ExampleMessage != "a b" {
		t.Errorf("%+v %v", templates, err)
	}
	if pruned, err := store.PruneTemplates(ctx, 5); err != nil || pruned != 1 {
		t.Error(pruned, err)
	}
	if err := store.EnableSigmaRule(ctx, "r1", false); err != nil {
		t.Fatal(err)
	}
	if err := store.WriteSigmaMatches(ctx, []seerflow.SigmaMatches{{RuleID: "r1", Count: 3, LastFired: time.Unix(0, 7)}}); err != nil {
		t.Fatal(err)
	}
	rules, err := store.SigmaRules(ctx)
	if err != nil || len(rules) != 1 || rules[0].Enabled || rules[0].MatchCountLifetime != 3 || rules[0].LastFired.UnixNano() != 7 {
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
		{SourceID: user, TargetID: ip, RelType: "authenticated_from", FirstSeen: time.Unix(0, 1), LastSeen: time.Unix(0, 2), EventCount: 1},
		{SourceID: ip, TargetID: host, RelType: "has_ip", FirstSeen: time.Unix(0, 1), LastSeen: time.Unix(0, 2), EventCount: 1},
	}
	graph := store.Graph()
	if err := store.WriteEdges(ctx, edges, true); err != nil {
		t.Fatal(err)
	}
	if near, err := graph.Neighbours(ctx, seerflow.Query{Entity: user, Depth: 2}); err != nil || len(near) != 2 {
		t.Errorf("%+v %v", near, err)
	}
	if near, err := graph.Neighbours(ctx, seerflow.Query{Entity: user, Depth: 2, Relations: []string{"authenticated_from"}}); err != nil || len(near) != 1 || near[0].Entity != ip {
		t.Errorf("%+v %v", near, err)
	}
	if path, err := graph.Path(ctx, user, host); err != nil || len(path) != 3 || path[1].Entity != ip {
		t.Errorf("%+v %v", path, err)
	}
	nodes, joined, err := graph.Subgraph(ctx, seerflow.Query{Entity: user})
	if err != nil || len(nodes) != 2 || len(joined) != 1 {
		t.Errorf("%+v %+v %v", nodes, joined, err)
	}
	if near, err := graph.Related(ctx, seerflow.Query{Entity: ip}); err != nil || len(near) != 2 {
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
	for edge, err := range store.Edges(ctx, seerflow.Query{Limit: 1}) {
		if err != nil || edge.FirstSeen.UnixNano() != 1 || edge.LastSeen.UnixNano() != 2 {
			t.Fatalf("%+v %v", edge, err)
		}
		stored++
	}
	if stored != 2 {
		t.Error(stored)
	}
	if pruned, err := store.PruneEdges(ctx, time.Now()); err != nil || pruned != 2 {
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
	if _, err := store.WriteEvents(ctx, events, seerflow.Durable()); err != nil {
		t.Fatal(err)
	}
	hour := seerflow.Query{From: base, To: base.Add(time.Hour)}
	if buckets, err := store.EventHistogram(ctx, hour, time.Minute, seerflow.ByNone); err != nil || len(buckets) != 2 || buckets[1].Count != 2 {
		t.Errorf("%+v %v", buckets, err)
	}
	if buckets, err := store.EventHistogram(ctx, hour, time.Minute, seerflow.BySource); err != nil || len(buckets) != 3 {
		t.Errorf("%+v %v", buckets, err)
	}
	if counts, err := store.CountEvents(ctx, seerflow.Query{}, seerflow.BySource); err != nil || len(counts) != 2 || counts[0].Value != "a" {
		t.Errorf("%+v %v", counts, err)
	}
	if distinct, err := store.DistinctEvents(ctx, seerflow.Query{}, seerflow.BySource); err != nil || distinct != 2 {
		t.Error(distinct, err)
	}
	entities, err := store.EventEntities(ctx, events[0].ID)
	if err != nil || len(entities) != 1 || entities[0].Value != "root" || entities[0].Type != "user" {
		t.Fatalf("%+v %v", entities, err)
	}
	if known, err := store.Entity(ctx, entities[0].ID); err != nil || known != entities[0] {
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
	if found, err := store.Check(ctx, seerflow.CheckStructure|seerflow.CheckText); err != nil || len(found) != 0 {
		t.Error(found, err)
	}
	if report, err := store.Prune(ctx, base.Add(time.Second), 0); err != nil || report.Events != 1 {
		t.Errorf("%+v %v", report, err)
	}
	if _, err := store.Event(ctx, events[0].ID); !errors.Is(err, seerflow.ErrNotFound) {
		t.Error(err)
	}
}
