/**
 * Edge, sources and plugins: data streams in over QUIC, drives a chain of plugins, and streams out again.
 *
 * @module millrace
 */
export type { Address } from './address.ts'
export { type Development, type RunDevOptions, runDev, runDevWith } from './dev.ts'
export { Edge, type EdgeOptions, type EdgeStats } from './edge/edge.ts'
export type { Consumer } from './edge/output.ts'
export type { StageStats } from './edge/stage.ts'
export { type ErrorCode, MillraceError } from './error.ts'
export { definePlugin, type HandleContext, type HandlePlugin, type PipePlugin, type Plugin } from './plugin/define.ts'
export { type Formatter, outputEchoData, outputHexString, outputPacketPrinter, outputThermometerData } from './plugin/formatters.ts'
export type { Pipe } from './plugin/pipe.ts'
export { RunningPlugin, type RunOptions, run } from './plugin/run.ts'
export type { PluginStats } from './plugin/work.ts'
export { formatId, type Message } from './protocol/message.ts'
export { traceFromHeader, traceToHeader } from './protocol/trace-context.ts'
export type { Report } from './report.ts'
export { connect, type Source, type SourceOptions, type SourceStats, type WriteOptions } from './source/source.ts'
export { parseWorkflow, readWorkflow } from './workflow/read-workflow.ts'
export type { Workflow, WorkflowPlugin } from './workflow/workflow.ts'
