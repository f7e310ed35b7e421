#include "owner/policy/yaml.h"

#include <algorithm>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <yaml.h>

namespace farl::owner {

namespace {

constexpr size_t kDeepest = 16;
constexpr size_t kMostChildren = 4096; // repeated keys are looked for one by one

Position position_of(yaml_mark_t const& mark) { return { mark.line + 1, mark.column + 1 }; }

class Event {
public:
    ~Event() { yaml_event_delete(&event_); }
    yaml_event_t* get() { return &event_; }
    yaml_event_t* operator->() { return &event_; }
    Position position() const { return position_of(event_.start_mark); }

private:
    yaml_event_t event_ {};
};

class YamlParser {
public:
    explicit YamlParser(std::string_view text)
    {
        if (!yaml_parser_initialize(&parser_))
            throw std::bad_alloc();
        yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser_, reinterpret_cast<unsigned char const*>(text.data()), text.size());
    }
    YamlParser(YamlParser const&) = delete;
    ~YamlParser() { yaml_parser_delete(&parser_); }

    YamlNode document()
    {
        expect(YAML_STREAM_START_EVENT);
        Event start;
        next(start);
        if (start->type == YAML_STREAM_END_EVENT)
            throw PolicyError({}, "the file is empty; docs/formats/session.md has an example to start from");
        Event first;
        next(first);
        auto root = node(first, 0);
        expect(YAML_DOCUMENT_END_EVENT);
        Event end;
        next(end);
        if (end->type != YAML_STREAM_END_EVENT)
            throw PolicyError(end.position(), "a second document; keep one session in each file");
        return root;
    }

private:
    void next(Event& event)
    {
        if (!yaml_parser_parse(&parser_, event.get()))
            fail();
    }

    void expect(yaml_event_type_t type)
    {
        Event event;
        next(event);
        if (event->type != type)
            throw PolicyError(event.position(), "this is not a YAML document");
    }

    [[noreturn]] void fail()
    {
        if (parser_.error == YAML_MEMORY_ERROR)
            throw std::bad_alloc();
        // libyaml's texts name what it met, never what the file holds.
        auto const* problem = parser_.problem ? parser_.problem : "cannot be read";
        if (parser_.error == YAML_READER_ERROR)
            throw PolicyError(position_of(parser_.mark), fmt::format("not YAML in UTF-8: {}", problem));
        throw PolicyError(position_of(parser_.problem_mark),
            fmt::format("not YAML: {}; check the indentation, and quote texts with special characters", problem));
    }

    static void add(YamlNode& parent, YamlNode child)
    {
        if (parent.children.size() == kMostChildren)
            throw PolicyError(child.position, fmt::format("more than {} entries in one place", kMostChildren));
        parent.children.push_back(std::move(child));
    }

    YamlNode node(Event& event, size_t depth)
    {
        YamlNode made { .position = event.position() };
        if (depth > kDeepest)
            throw PolicyError(made.position, fmt::format("nested deeper than {} levels", kDeepest));
        switch (event->type) {
        case YAML_SCALAR_EVENT:
            read_scalar(event, made);
            return made;
        case YAML_SEQUENCE_START_EVENT:
            refuse_decoration(made.position, event->data.sequence_start.anchor, event->data.sequence_start.tag);
            made.kind = YamlNode::Kind::Sequence;
            read_items(made, depth);
            return made;
        case YAML_MAPPING_START_EVENT:
            refuse_decoration(made.position, event->data.mapping_start.anchor, event->data.mapping_start.tag);
            made.kind = YamlNode::Kind::Mapping;
            read_members(made, depth);
            return made;
        default:
            throw PolicyError(made.position, "aliases are not allowed; write the value again");
        }
    }

    static void refuse_decoration(Position position, void const* anchor, void const* tag)
    {
        if (anchor)
            throw PolicyError(position, "anchors are not allowed; write the value where it is needed");
        if (tag)
            throw PolicyError(position, "tags are not allowed; leave out what begins with `!`");
    }

    static void read_scalar(Event& event, YamlNode& made)
    {
        auto& scalar = event->data.scalar;
        refuse_decoration(made.position, scalar.anchor, scalar.tag);
        made.text = Secret(std::string_view(reinterpret_cast<char const*>(scalar.value), scalar.length));
        made.is_plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
        OPENSSL_cleanse(scalar.value, scalar.length);
    }

    void read_items(YamlNode& made, size_t depth)
    {
        while (true) {
            Event event;
            next(event);
            if (event->type == YAML_SEQUENCE_END_EVENT)
                return;
            add(made, node(event, depth + 1));
        }
    }

    void read_members(YamlNode& made, size_t depth)
    {
        while (true) {
            Event event;
            next(event);
            if (event->type == YAML_MAPPING_END_EVENT)
                return;
            auto key = node(event, depth + 1);
            if (key.kind != YamlNode::Kind::Scalar)
                throw PolicyError(key.position, "a key has to be a word");
            if (std::ranges::find(made.children, key.text.reveal(), &YamlNode::key) != made.children.end())
                throw PolicyError(key.position, "this key is already given above; keep one of them");
            Event value;
            next(value);
            auto child = node(value, depth + 1);
            child.key = key.text.reveal();
            child.key_position = key.position;
            add(made, std::move(child));
        }
    }

    yaml_parser_t parser_;
};

} // namespace

YamlNode parse_yaml(std::string_view text)
{
    if (text.size() > kLargestPolicy)
        throw PolicyError({}, fmt::format("larger than {} bytes; keep large files in the image", kLargestPolicy));
    return YamlParser(text).document();
}

} // namespace farl::owner
