import Foundation
import Pipeline
import Terminal

/// Answers of `graph` for people.
struct GraphView {
  let style: Style
  /// Names shown of each list before "… and N more".
  var limit = 12

  func lines(_ answer: DependentsAnswer) -> [String] {
    guard !answer.dependents.isEmpty else { return ["nothing in the tree needs \(name(answer.subject))"] }
    var lines = [
      "\(style.paint(name(answer.subject), .bold))  needed by \(Figure.count(answer.specs, "other spec"))"
    ]
    let width = max(14, answer.dependents.prefix(200).map { ($0.package ?? $0.spec).count }.max() ?? 0)
    for level in answer.levels {
      let at = level.level == 1 ? "" : ", level \(level.level)"
      let found = answer.dependents.filter { $0.level == level.level }
      lines += list(
        "build with it\(at)", level.builds,
        found.filter { $0.kind == .builds }.map { ($0.spec, "\($0.via)  \(place($0.file, $0.line))") }, width)
      lines += list(
        "require it\(at)", level.requires,
        found.filter { $0.kind == .requires }.map {
          ($0.package ?? $0.spec, "\($0.via)  \(place($0.file, $0.line))")
        }, width)
    }
    return lines
  }

  func lines(_ answer: NeedsAnswer) -> [String] {
    guard !answer.needs.isEmpty else { return ["\(name(answer.subject)) needs nothing"] }
    var lines = [style.paint(name(answer.subject), .bold)]
    let width = max(14, answer.needs.prefix(200).map(\.text.count).filter { $0 < 48 }.max() ?? 0)
    let builds = answer.needs.filter { $0.kind == .builds }
    lines += list("to build", builds.count, builds.map(need), width)
    var packages: [String] = []
    for need in answer.needs where need.kind == .requires {
      if let package = need.package, !packages.contains(package) { packages.append(package) }
    }
    for package in packages {
      let needs = answer.needs.filter { $0.kind == .requires && $0.package == package }
      lines += list("to run \(package)", needs.count, needs.map(need), width)
    }
    let open = answer.needs.filter { !$0.isMet }
    let names = open.reduce(into: [String]()) { if !$0.contains($1.text) { $0.append($1.text) } }
    if !open.isEmpty {
      lines.append("")
      lines += list(style.fail + " nobody provides", names.count, names.map { ($0, "") }, width)
    }
    return lines
  }

  private func need(_ need: NeedsAnswer.Need) -> (String, String) {
    let of = need.providers.map { provider in
      guard let spec = provider.spec else { return "\(provider.package) (published)" }
      return spec == provider.package ? spec : "\(provider.package) of \(spec)"
    }
    let who =
      of.isEmpty
      ? "nobody provides it"
      : of.prefix(3).joined(separator: ", ") + (of.count > 3 ? " +\(of.count - 3)" : "")
    return (need.text, "\(who)  \(place(need.file, need.line))")
  }

  func lines(_ answer: WhyAnswer) -> [String] {
    let (from, to) = (name(answer.from), name(answer.to))
    guard answer.isNeeded else {
      return [
        answer.from == answer.to
          ? "\(from) does not need itself" : "\(from) does not need \(to), neither to be built nor to run"
      ]
    }
    let head =
      answer.builds == 0
      ? "\(from) needs \(to)"
      : "\(from) needs \(to) only where \(Figure.count(answer.builds, "other spec")) "
        + "on the way \(answer.builds == 1 ? "is" : "are") built too"
    return [style.paint(head, .bold)] + steps(answer.path)
  }

  func lines(_ answer: CyclesAnswer) -> [String] {
    guard !answer.components.isEmpty else {
      return [
        answer.subject.map { "\(name($0)) is in no circle of builds" }
          ?? "no specs need each other to be built"
      ]
    }
    var lines: [String] = []
    for component in answer.components.prefix(limit) {
      if component.size == 1 {
        lines.append(style.paint("\(component.members[0]) builds with its own packages", .bold))
      } else {
        lines.append(style.paint("\(Figure.count(component.size)) specs need each other to be built", .bold))
        lines += wrapped(component.members)
        lines.append("  shortest circle, \(Figure.count(component.builds, "build")):")
      }
      lines += steps(component.shortest)
      let selves = component.selves
      if component.size > 1, !selves.isEmpty {
        lines.append("  build with their own packages: \(Figure.count(selves.count))")
        lines += wrapped(selves)
      }
    }
    let rest = answer.components.count - min(limit, answer.components.count)
    if rest > 0 { lines.append("… and \(Figure.count(rest)) more (--all)") }
    return lines
  }

  // MARK: parts

  private func name(_ subject: Subject) -> String {
    switch subject.kind {
    case .spec: subject.name
    case .package: subject.specs == [subject.name] ? subject.name : "\(subject.name) (\(some(subject.specs)))"
    case .capability: "\(subject.name) (\(some(subject.packages)))"
    }
  }

  private func some(_ names: [String]) -> String {
    names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
  }

  private func steps(_ path: [WhyAnswer.Step]) -> [String] {
    let whos = path.map { $0.package ?? $0.spec }
    let width = max(14, whos.map(\.count).max() ?? 0)
    return zip(path, whos).map { step, who in
      let verb = step.kind == .builds ? "builds with" : "requires   "
      let provider =
        step.provider == step.via
        ? (step.providerSpec == step.provider ? "" : " of \(step.providerSpec)")
        : " (\(step.provider)\(step.providerSpec == step.provider ? "" : " of \(step.providerSpec)"))"
      return "  \(pad(who, width)) \(verb) \(step.via)\(provider)  "
        + style.paint(place(step.file, step.line), .dim)
    }
  }

  private func place(_ file: String, _ line: Int?) -> String {
    line.map { "\(file):\($0)" } ?? file
  }

  private func list(_ title: String, _ count: Int, _ entries: [(String, String)], _ width: Int) -> [String] {
    guard count > 0 else { return [] }
    var lines = ["\(style.paint(title, .bold)) \(Figure.count(count))"]
    for (name, fact) in entries.prefix(limit) {
      lines.append(fact.isEmpty ? "  \(name)" : "  \(pad(name, width)) \(style.paint(fact, .dim))")
    }
    if entries.count > limit { lines.append("  … and \(Figure.count(entries.count - limit)) more (--all)") }
    return lines
  }

  private func wrapped(_ names: [String]) -> [String] {
    var lines: [String] = []
    var line = " "
    for name in names.prefix(limit) {
      if line.count + name.count + 1 > max(40, style.width), line.count > 1 {
        lines.append(line)
        line = " "
      }
      line += " " + name
    }
    if line.count > 1 { lines.append(line) }
    if names.count > limit { lines.append("  … and \(Figure.count(names.count - limit)) more (--all)") }
    return lines
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text.count >= width ? text : text + String(repeating: " ", count: width - text.count)
  }
}
