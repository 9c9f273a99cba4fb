import AzureLinux

extension Check {
  /// How a spec of Azure Linux is written: its tags, its patch lines, what its changelog says.
  package static let specGuidelines = Check(
    id: SpecGuidelines.id, title: "spec guidelines", covers: { _ in true },
    findings: { SpecGuidelines(checked: $0)?.findings() ?? [] })
}

struct SpecGuidelines {
  static let id = "spec-guidelines"
  private let checked: CheckedSpec
  private let text: SpecText

  init?(checked: CheckedSpec) {
    let name = String(checked.spec.path.dropFirst(checked.spec.directory.count + 1))
    guard let text = checked.files.text(name) else { return nil }
    self.checked = checked
    self.text = SpecText(text)
  }

  func findings() -> [Finding] {
    tag("Distribution", "Azure Linux") + tag("Vendor", "Microsoft Corporation") + patchMacros() + release()
      + changelog() + (checked.isToolchain ? toolchainPatches() : [])
  }

  private func finding(_ rule: String, _ line: SpecText.Line?, _ message: String, next: String) -> Finding {
    checked.finding(Self.id, rule, line: line?.number ?? 0, message, next: next)
  }

  private func tag(_ name: String, _ expected: String) -> [Finding] {
    let tags = text.tags(name)
    let next = "\(name): \(expected)"
    guard !tags.isEmpty else {
      return [finding("\(name.lowercased())-tag-exists", nil, "there is no \(name) tag", next: "add \(next)")]
    }
    return tags.filter { $0.value != expected && !$0.value.isEmpty }.map { tag in
      finding(
        "\(name.lowercased())-tag-correct", tag.line, "\(name) is \"\(tag.value)\", not \"\(expected)\"",
        next: "write \(next)")
    }
  }

  /// rpm 4.18 took `%patch0` away.
  private func patchMacros() -> [Finding] {
    text.lines.compactMap { line in
      guard let match = line.content.prefixMatch(of: /%patch(\d+)/) else { return nil }
      let rest = line.content[match.range.upperBound...]
      return finding(
        "patch-macro", line, "\"\(line.content)\" has its number joined to %patch",
        next: "write %patch -P \(match.1)\(rest)")
    }
  }

  private func release() -> [Finding] {
    let form = "%{release_prefix} before and %{release_suffix} after the number are allowed"
    guard let release = text.release else {
      return [finding("release-tag", nil, "there is no Release tag", next: "add Release: 1%{?dist}; \(form)")]
    }
    let isValid =
      release.value.wholeMatch(of: /(%\{release_prefix\})?[1-9][0-9]*(%\{release_suffix\})?%\{\?dist\}/)
      != nil
    guard !isValid else { return [] }
    return [
      finding(
        "release-tag", release.line, "Release \"\(release.value)\" is not <number>%{?dist}",
        next: "write a whole number from 1 up, like 1%{?dist}; \(form)")
    ]
  }

  private func changelog() -> [Finding] {
    let changelog = text.changelog
    let lines = changelog?.lines ?? []
    var findings: [Finding] = []
    if !lines.contains(where: { $0.text.contains(/(?i)\b(license verified|verified license)\b/) }) {
      findings.append(
        finding(
          "license-verification", changelog?.heading,
          "the changelog does not say that the license was verified",
          next: "compare the License tag with the sources, then add \"- License verified.\" to the entry"))
    }
    // the first line is that of the newest entry, or nothing
    if !lines.dropFirst().contains(where: { SourceAttribution.isOne($0.text) }) {
      findings.append(
        finding(
          "source-attribution", changelog?.heading, "the changelog does not say where the spec is from",
          next:
            "add \"- Original version for Azure Linux (license: MIT).\" or, for an imported one, a line like "
            + "\"- Initial Azure Linux import from Fedora 40 (license: MIT).\""))
    }
    return findings
  }

  /// Hosts whose rpm is older than 4.18 read the specs of the toolchain. Any line counts that starts like one.
  private func toolchainPatches() -> [Finding] {
    text.lines.compactMap { line in
      guard line.content.hasPrefix("%patch"), !line.content.contains(/-P\s+[0-9]+/) else { return nil }
      return finding(
        "toolchain-patch-lines", line, "\"\(line.content)\" in a toolchain spec has no -P and number",
        next: "write %patch -P <number>: hosts with rpm before 4.18 read this spec")
    }
  }
}
