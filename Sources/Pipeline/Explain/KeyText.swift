import AzureLinux
import Incremental

/// Keys as people read them.
enum KeyText {
  static func link(_ key: Key, of goal: SpecLocation?) -> ExplainReport.Link {
    let spec = PipelineRules.spec(of: key)
    return ExplainReport.Link(kind: key.kind, spec: spec?.id, what: what(key, spec, spec == goal))
  }

  private static func what(_ key: Key, _ spec: SpecLocation?, _ isGoal: Bool) -> String {
    let id = spec?.id ?? "a spec"
    return switch key.kind {
    case SpecTree.kind: spec?.directory ?? "its files"
    case ParsedSpec.kind: "what \(spec?.path ?? id) says"
    case IncludedFile.kind: key.parameters
    case PlannedRoot.kind:
      isGoal ? "what its build root is made of" : "what the build root of \(id) is made of"
    case BuildRoot.kind: isGoal ? "its build root" : "the build root of \(id)"
    case Build.kind: isGoal ? "its build" : "the build of \(id)"
    case Check.kind: "%check of \(id)"
    case Interface.kind: "the packages of \(id)"
    case PublishedInterface.kind: "the published packages of \(id)"
    case Cutoff.kind, Observing.kind: "[build] dependents"
    case RootNames.kind: "which files its build root has"
    case OpenedFiles.kind: "the files that its last build opened"
    case ChangedSpecs.kind: "which specs are changed"
    case Changes.kind: "the tree against its baseline"
    case Identity.kind: "the baseline's identity"
    case SourceHandling.kind: "how sources are taken"
    case Sources.kind: isGoal ? "its sources" : "the sources of \(id)"
    case RepositoryState.kind: "the repositories' metadata"
    case MacroSet.kind: "the macros"
    case SpecList.kind: "the list of specs"
    case VersionReads.kind: "who reads whose version"
    default: key.kind
    }
  }
}
