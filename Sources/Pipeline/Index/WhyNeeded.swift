import AzureLinux

/// Why one thing needs another.
package struct WhyAnswer: Sendable, Codable, Hashable {
  /// A need, and the package that meets it.
  package struct Step: Sendable, Codable, Hashable {
    package var kind: DependentsAnswer.Kind
    package var spec: String
    /// Whose run-time requirement it is.
    package var package: String?
    package var via: String
    /// The package that meets it, and its spec.
    package var provider: String
    package var providerSpec: String
    package var file: String
    package var line: Int?

    package init(
      kind: DependentsAnswer.Kind, spec: String, package: String?, via: String, provider: String,
      providerSpec: String, file: String, line: Int?
    ) {
      self.kind = kind
      self.spec = spec
      self.package = package
      self.via = via
      self.provider = provider
      self.providerSpec = providerSpec
      self.file = file
      self.line = line
    }
  }
  package var from: Subject
  package var to: Subject
  package var isNeeded: Bool
  /// How many other specs have to be built on the way; 0: it stands in the build root, or is required at run time.
  package var builds: Int
  package var path: [Step]

  package init(from: Subject, to: Subject, isNeeded: Bool, builds: Int, path: [Step]) {
    self.from = from
    self.to = to
    self.isNeeded = isNeeded
    self.builds = builds
    self.path = path
  }
}

extension DependencyIndex {
  /// The shortest way: first by how many other specs are built on it, then by its steps.
  package func why(_ a: String, needs b: String) throws(PipelineError) -> WhyAnswer {
    let (from, to) = (try subject(a), try subject(b))
    let graph = NeedGraph(self)
    let specs = from.kind == .spec ? from.rows.specs.map(graph.node(ofSpec:)) : []
    // what its packages require of each other does not make a spec need itself
    let packages = from.rows.specs == to.rows.specs && from.kind == .spec ? [] : from.rows.packages
    let path = graph.path(from: specs + packages, to: Set(to.rows.packages))
    let steps = graph.steps(path ?? [])
    return WhyAnswer(
      from: from, to: to, isNeeded: path != nil, builds: path.map { graph.builds(in: $0) } ?? 0, path: steps)
  }
}
