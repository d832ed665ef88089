"""evoengine: evolutionary search over programs and prompts."""
