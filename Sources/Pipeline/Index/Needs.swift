import AzureLinux

/// What a subject needs, and who meets it.
package struct NeedsAnswer: Sendable, Codable, Hashable {
  package struct Provider: Sendable, Codable, Hashable {
    package var package: String
    /// Of the tree; nil for a package that only the repositories have.
    package var spec: String?
    package init(package: String, spec: String?) {
      self.package = package
      self.spec = spec
    }
  }
  package struct Need: Sendable, Codable, Hashable {
    package var kind: DependentsAnswer.Kind
    package var spec: String
    /// Whose run-time requirement it is.
    package var package: String?
    package var text: String
    package var file: String
    package var line: Int?
    package var providers: [Provider]
    /// Neither the tree nor, as far as that was asked, the repositories meet it.
    package var isMet: Bool { !providers.isEmpty }

    package init(
      kind: DependentsAnswer.Kind, spec: String, package: String?, text: String, file: String, line: Int?,
      providers: [Provider]
    ) {
      self.kind = kind
      self.spec = spec
      self.package = package
      self.text = text
      self.file = file
      self.line = line
      self.providers = providers
    }
  }
  package var subject: Subject
  package var needs: [Need]

  package init(subject: Subject, needs: [Need]) {
    self.subject = subject
    self.needs = needs
  }
}

extension DependencyIndex {
  /// What the build of the specs needs, and what the packages need of others at run time, in the order of the lines.
  package func needs(of name: String) throws(PipelineError) -> NeedsAnswer {
    let subject = try subject(name)
    var found: [NeedsAnswer.Need] = []
    for spec in subject.kind == .spec ? subject.rows.specs : [] {
      let uses = buildRequires[spec]
      found += uses.sorted { ($0.line, text(need: $0.need)) < ($1.line, text(need: $1.need)) }
        .map { need(.builds, spec, nil, $0) }
    }
    for package in subject.rows.packages {
      let uses = requires[package].sorted {
        ($0.line == 0 ? Int32.max : $0.line, text(need: $0.need))
          < ($1.line == 0 ? Int32.max : $1.line, text(need: $1.need))
      }
      found += uses.map { need(.requires, packages[Int(package)].spec, package, $0) }
    }
    var seen: Set<NeedsAnswer.Need> = []
    return NeedsAnswer(subject: subject, needs: found.filter { seen.insert($0).inserted })
  }

  private func need(_ kind: DependentsAnswer.Kind, _ spec: Int32, _ package: Int32?, _ use: NeedUse)
    -> NeedsAnswer.Need
  {
    .init(
      kind: kind, spec: id(ofSpec: spec), package: package.map { name(ofPackage: $0) },
      text: text(need: use.need),
      file: path(ofSpec: spec), line: use.line == 0 ? nil : Int(use.line),
      providers: providers(of: use.need).map {
        .init(package: name(ofPackage: $0), spec: id(ofSpec: packages[Int($0)].spec))
      })
  }
}
