/// The values of all variables in one call: those that it gives, else those of the tree, else the table's.
package struct MakeValues: Hashable, Sendable {
  private let given: [String: String]
  /// What the tree and its configuration say.
  private let known: [String: String]

  package init(given: [String: String] = [:], known: [String: String] = [:]) {
    self.given = given
    self.known = known
  }

  /// With what it refers to filled in.
  package subscript(_ name: String) -> String {
    given[name] ?? fallback(of: name)
  }

  /// What holds where the call says nothing.
  package func fallback(of name: String) -> String {
    expand(known[name] ?? MakeVariable.named(name)?.fallback ?? "")
  }

  /// The table refers to nothing in a circle.
  private func expand(_ text: String) -> String {
    text.replacing(/\$\(([A-Za-z_]+)\)/) { self[String($0.1)] }
  }
}

extension MakeWords {
  /// Ends with the first variable or target that is not to be had. A value that asks for what holds anyway asks for
  /// nothing.
  ///
  /// - Returns: what is to be told about variables that change nothing.
  package func check(_ values: MakeValues, exists: (String) -> Bool) throws(MakeError) -> [String] {
    var notes: [String] = []
    for (name, value) in self.values.sorted(by: { $0.key < $1.key }) where !value.isEmpty {
      guard let variable = MakeVariable.named(name) else { continue }
      let isDefault = Self.isSame(value, values.fallback(of: name), variable.kind)
      if isDefault, !variable.isHonoured { continue }
      if let wanted = variable.complaint(about: value, exists: exists) {
        throw .value(name: name, value: value, wanted: wanted)
      }
      switch variable.verdict {
      case .refused(let because, let next):
        throw .refusedVariable(name: name, value: value, because: because, next: next)
      case .later(let owner): throw .laterVariable(name: name, owner)
      case .met(let because): if !isDefault { notes.append("\(name)=\(value): \(because)") }
      case .key, .option: break
      }
    }
    for word in targets {
      guard let target = MakeTarget.find(word) else { continue }
      switch target.verdict {
      case .refused(let because, let next): throw .refusedTarget(word, because: because, next: next)
      case .later(let owner): throw .laterTarget(word, owner)
      case .met(let because): notes.append("\(word): \(because)")
      case .does: break
      }
    }
    return notes
  }

  private static func isSame(_ value: String, _ fallback: String, _ kind: MakeVariable.Kind) -> Bool {
    if value == fallback { return true }
    // upstream's default of these is "no", and nobody says so twice
    if kind == .flag, fallback.isEmpty { return value == "n" }
    func bare(_ path: String) -> Substring { path.hasSuffix("/") ? path.dropLast() : path[...] }
    return bare(value) == bare(fallback)
  }
}
