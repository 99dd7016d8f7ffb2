// Queries for events.
import type { CallOptions, EntityInput, Time, TimeRange } from './common.js'
import type { Event } from './events.js'

/** Filters of events. An event must pass all of them. */
export interface EventFilters extends TimeRange {
  /** Exactly this source type. */
  sourceType?: string
  /** Exactly this source id. */
  sourceId?: string
  /** This severity, 0 to 6, or a higher one. */
  minSeverity?: number
  /** Exactly this template. */
  templateId?: number
  /** Events about this entity. */
  entity?: EntityInput
  /** Messages that contain all these words, in any inflection. Words in double quotes must be adjacent. */
  text?: string
}

/** The filters and the order of events. */
export interface EventQuery extends EventFilters, CallOptions {
  /** By time, newest first (the default) or oldest first; or by arrival, first arrived first. */
  order?: 'newest' | 'oldest' | 'arrival'
  /** The largest number of events. The default is all. */
  limit?: number
  /** The number of events that are fetched at a time, 1 to 100,000. The default is 500. */
  pageSize?: number
  /** Continue after the page that returned this cursor. */
  cursor?: string
}

/** The filters, the order and the page of events. */
export interface PageQuery extends EventFilters, CallOptions {
  order?: EventQuery['order']
  /** The number of events in a page, 1 to 100,000. The default is 100. */
  limit?: number
  /** The number of the page, from 1. Skipped pages are read too, so a cursor is faster. */
  page?: number
  /** Continue after the page that returned this cursor. The filters and the order must be the same. */
  cursor?: string
  /** Count the matching events: `exact`, or up to this number. The default is `none`, because counting takes time. */
  total?: 'none' | 'exact' | number
}

/** A page of events. */
export interface EventPage<T extends Time = bigint> {
  events: Array<Event<T>>
  /** The cursor of the next page; undefined if this is the last page. */
  nextCursor?: string
  /** The cursor after the last event, for querying later events; undefined if the page is empty. */
  lastCursor?: string
  /** The number of matching events on all pages, if the query asked for it. */
  total?: number
}

/** The filters of events to follow. */
export interface FollowQuery extends EventFilters {
  /** Start after this cursor. The default is after the events that are stored now. */
  after?: string
  /** How often to check for new events, in milliseconds. The default is 250. */
  interval?: number
  /** The number of events that are fetched at a time. The default is 500. */
  pageSize?: number
  /** Ends the loop, without an error. */
  signal?: AbortSignal | null
}

/** The property by which events are counted. */
export type CountBy = 'source' | 'host' | 'template' | 'severity' | 'entity'
