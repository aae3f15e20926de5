import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** What the courts do, as it happens: java Consumer HOST:PORT [PREFIX]. Ends where a record is not what was promised. */
public final class Consumer {
    private static final String MEDIA_TYPE = "application/cloudevents+json; charset=UTF-8";

    private final Set<String> done = new HashSet<>(); // keep ids where the events' effects are kept, in one transaction
    private final Map<String, Long> last = new HashMap<>(); // the last position of each log and subject
    private final ObjectMapper json = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        var prefix = arguments.length > 1 ? arguments[1] : "zhixing";
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", arguments[0],
                "group.id", prefix + ".java",
                "auto.offset.reset", "earliest",
                "enable.auto.commit", "false");
        var reader = new Consumer();
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(prefix + ".cases", prefix + ".reference"));
            while (true) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    reader.read(record);
                }
                consumer.commitSync();
            }
        }
    }

    private void read(ConsumerRecord<String, byte[]> record) throws Exception {
        var event = json.readTree(record.value());
        if (done.add(event.get("id").asText())) { // records may repeat
            check(record, event);
            System.out.println(String.join(" ", text(event, "id"), text(event, "type"), text(event, "subject"), text(event, "time")));
        }
    }

    private void check(ConsumerRecord<String, byte[]> record, JsonNode event) {
        var header = record.headers().lastHeader("content-type");
        require(header != null && MEDIA_TYPE.equals(new String(header.value(), StandardCharsets.UTF_8)), "content type", record);
        require(text(event, "specversion").equals("1.0"), "CloudEvents version", record);
        require(record.key().equals(text(event, "court") + "/" + text(event, "subject")), "key", record);
        require(!Instant.parse(text(event, "time")).isAfter(Instant.parse(text(event, "recordedat"))), "time", record);
        require(event.get("data").isObject(), "data", record);
        var before = last.put(text(event, "source") + " " + text(event, "subject"), event.get("position").asLong());
        require(before == null || before <= event.get("position").asLong(), "order", record);
    }

    private static String text(JsonNode event, String name) {
        var value = event.get(name);
        if (value == null || !value.isTextual()) {
            throw new IllegalStateException(name + " lacks");
        }
        return value.asText();
    }

    private static void require(boolean holds, String what, ConsumerRecord<?, ?> record) {
        if (!holds) {
            throw new IllegalStateException(what + " is wrong in " + record.topic() + "-" + record.partition() + " at " + record.offset());
        }
    }
}
